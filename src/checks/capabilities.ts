import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Cure } from '../engine/finding.ts';
import { exemptWindows } from '../engine/relaxation.ts';
import type { Container, Pod } from '../kube/pod.ts';
import { isWindows } from '../kube/pod.ts';

export default defineCheck({
  id: 'capabilities',
  title: 'Containers hold only the capabilities they need',
  why: 'Capabilities split root into pieces: SYS_ADMIN or NET_RAW is enough to leave the container or to spoof its neighbours.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/', 'CIS 5.2.9', 'CIS 5.2.10'],
  params: Type.Object(
    {
      drop: Type.Array(Type.String(), {
        default: ['ALL'],
        description: 'Capabilities that every container must drop; dropping ALL drops each.',
      }),
      add: Type.Array(Type.String(), { default: ['NET_BIND_SERVICE'], description: 'Capabilities that a container may add.' }),
      exemptWindows,
    },
    { additionalProperties: false },
  ),
  messages: {
    notDropped: '{who} keeps capabilities it may not need ({now}); set drop to {drop}',
    added: '{who} adds the capability {capability}; {allowed}',
  },
  evaluate(pod, report, params) {
    if (params.exemptWindows && isWindows(pod)) return;
    for (const container of pod.containers) {
      const { add, drop } = container.context?.capabilities ?? {};
      if (!dropsAll(drop ?? [], params.drop)) report(notDropped(pod, container, params.drop));
      for (let index = 0; index < (add?.length ?? 0); index++) {
        const capability = add?.[index] ?? '';
        if (!params.add.includes(capability)) report(added(container, index, capability, params.add));
      }
    }
  },
  example: {
    bad: 'containers: [{ name: app, securityContext: { capabilities: { add: [NET_BIND_SERVICE, SYS_ADMIN] } } }]',
    good: 'containers: [{ name: app, securityContext: { capabilities: { add: [NET_BIND_SERVICE], drop: [ALL] } } }]',
  },
});

const dropsAll = (drop: readonly (string | null)[], wanted: readonly string[]): boolean =>
  drop.includes('ALL') || wanted.every((capability) => drop.includes(capability));

/** ALL stands for each; short of it, what is dropped already stays dropped. */
function alsoDropping(drop: readonly (string | null)[], wanted: readonly string[]): string[] {
  const kept = wanted.includes('ALL') ? [] : drop.filter((capability) => capability !== null);
  return [...new Set([...kept, ...wanted])];
}

function notDropped(pod: Pod, container: Container, wanted: readonly string[]) {
  const drop = container.context?.capabilities?.drop ?? [];
  const now = drop.length === 0 ? 'drop is unset, the runtime grants its defaults' : `only ${drop.join(', ')} dropped`;
  const cure: Cure | undefined = isWindows(pod) ? undefined : { set: alsoDropping(drop, wanted), class: 'safe' };
  return {
    message: 'notDropped',
    at: `${container.path}.securityContext.capabilities.drop`,
    data: { who: container.who, now, drop: JSON.stringify(wanted) },
    reason: 'FieldValueRequired',
    cure,
  } as const;
}

function added(container: Container, index: number, capability: string, allowed: readonly string[]) {
  return {
    message: 'added',
    at: `${container.path}.securityContext.capabilities.add[${index}]`,
    data: { who: container.who, capability: capability || '""', allowed: allowedWords(allowed) },
    cure: { remove: true, class: 'review' },
  } as const;
}

const allowedWords = (allowed: readonly string[]): string =>
  allowed.length === 0 ? 'none may be added' : `remove it (allowed: ${allowed.join(', ')})`;

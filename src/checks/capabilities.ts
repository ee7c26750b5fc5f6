import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import { exemptWindows } from '../engine/relaxation.ts';
import type { Container, Pod } from '../kube/pod.ts';
import { isWindows } from '../kube/pod.ts';

export default defineCheck({
  id: 'capabilities',
  title: 'Containers hold only the capabilities they need',
  why: 'Capabilities split root into pieces: SYS_ADMIN or NET_RAW is enough to leave the container or to spoof its neighbours.',
  byDefault:
    'The container runtime leaves root in a container about fourteen capabilities, NET_RAW and SETUID among them; no field has to ask for them.',
  breaks:
    'An image that starts as root to chown files or to change its user fails; so does a server that binds a port below 1024 without NET_BIND_SERVICE.',
  severity: 'high',
  refs: [
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    'CIS 5.2.9',
    'CIS 5.2.10',
    'NSA Pod security',
    'MITRE T1611',
  ],
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
    notDropped: '{who} keeps capabilities ({now}); set drop: {drop}',
    added: '{who} adds the capability {capability}; remove it (allowed: {allowed})',
  },
  evaluate(pod, params) {
    if (params.exemptWindows && isWindows(pod)) return none;
    return [...notDropped(pod, params.drop), ...added(pod, params.add)];
  },
  example: {
    bad: 'containers: [{ name: app, securityContext: { capabilities: { add: [NET_BIND_SERVICE, SYS_ADMIN] } } }]',
    good: 'containers: [{ name: app, securityContext: { capabilities: { add: [NET_BIND_SERVICE], drop: [ALL] } } }]',
  },
});

function notDropped(pod: Pod, wanted: readonly string[]): Fault<'notDropped'>[] {
  return pod.containers
    .filter((container) => !dropsAll(dropOf(container), wanted))
    .map((container) => ({
      message: 'notDropped',
      at: `${container.path}.securityContext.capabilities.drop`,
      data: { who: container.who, now: dropped(dropOf(container)), drop: `[${wanted.join(', ')}]` },
      reason: 'FieldValueRequired',
      cure: isWindows(pod) ? undefined : { set: alsoDropping(dropOf(container), wanted), class: 'safe' },
    }));
}

const dropOf = ({ context }: Container): readonly (string | null)[] => context?.capabilities?.drop ?? none;

const dropsAll = (drop: readonly (string | null)[], wanted: readonly string[]): boolean =>
  drop.includes('ALL') || wanted.every((capability) => drop.includes(capability));

const dropped = (drop: readonly (string | null)[]): string =>
  drop.length === 0 ? "the runtime's defaults" : `drops only ${drop.join(', ')}`;

/** ALL stands for each; short of it, what is dropped already stays dropped. */
function alsoDropping(drop: readonly (string | null)[], wanted: readonly string[]): string[] {
  const kept = wanted.includes('ALL') ? [] : drop.filter((capability) => capability !== null);
  return [...new Set([...kept, ...wanted])];
}

function added({ containers }: Pod, allowed: readonly string[]): Fault<'added'>[] {
  return containers.filter(({ context }) => context?.capabilities?.add).flatMap((container) => addedBy(container, allowed));
}

function addedBy({ who, path, context }: Container, allowed: readonly string[]): Fault<'added'>[] {
  return (context?.capabilities?.add ?? []).flatMap((capability, index) =>
    allowed.includes(capability ?? '')
      ? []
      : {
          message: 'added',
          at: `${path}.securityContext.capabilities.add[${index}]`,
          data: { who, capability: capability || '""', allowed: allowed.join(', ') || 'none' },
          cure: { remove: true, class: 'review' },
        },
  );
}

import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import { exemptWindows } from '../engine/relaxation.ts';
import type { Pod } from '../kube/pod.ts';
import { isWindows } from '../kube/pod.ts';

export default defineCheck({
  id: 'seccomp',
  title: 'Containers run under a seccomp profile',
  why: 'Without seccomp a process can call all of the kernel, where the next escape is found.',
  byDefault: 'Unconfined: unset means no profile, unless the kubelet runs with seccompDefault.',
  breaks:
    'System calls that hardly any workload makes (mount, ptrace of others, keyctl, userfaultfd) fail; a tracer wants a Localhost profile.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/', 'CIS 5.7.2', 'NSA Pod security', 'MITRE T1611'],
  params: Type.Object(
    {
      required: Type.Boolean({ default: true, description: 'Also refuse containers for which no profile is set, here or in the pod.' }),
      exemptWindows,
    },
    { additionalProperties: false },
  ),
  messages: {
    forbidden: '{who} asks for the seccomp profile {type}; set type: RuntimeDefault or Localhost',
    unset: '{who} runs without seccomp (unset here and in the pod); set seccompProfile: {type: RuntimeDefault}',
  },
  evaluate(pod, params) {
    if (params.exemptWindows && isWindows(pod)) return none;
    return params.required ? [...forbidden(pod), ...unset(pod)] : forbidden(pod);
  },
  example: {
    bad: 'containers: [{ name: app }]',
    good: 'containers: [{ name: app, securityContext: { seccompProfile: { type: RuntimeDefault } } }]',
  },
});

function forbidden(pod: Pod): Fault<'forbidden'>[] {
  const cure = isWindows(pod) ? undefined : ({ set: 'RuntimeDefault', class: 'review' } as const);
  return pod.holders
    .filter(({ context }) => context?.seccompProfile && !confines(context.seccompProfile.type))
    .map(({ who, path, context }) => ({
      message: 'forbidden',
      at: `${path}.securityContext.seccompProfile.type`,
      data: { who, type: context?.seccompProfile?.type || '""' },
      cure,
    }));
}

const confines = (type: string | null | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

/** Where the pod's own profile is forbidden, the finding on the pod stands for the containers that inherit it. */
function unset(pod: Pod): readonly Fault<'unset'>[] {
  if (pod.spec.securityContext?.seccompProfile != null) return none;
  const cure = isWindows(pod) ? undefined : ({ set: { type: 'RuntimeDefault' }, class: 'safe' } as const);
  return pod.containers
    .filter(({ context }) => context?.seccompProfile == null)
    .map(({ who, path }) => ({
      message: 'unset',
      at: `${path}.securityContext.seccompProfile`,
      data: { who },
      reason: 'FieldValueRequired',
      cure,
    }));
}

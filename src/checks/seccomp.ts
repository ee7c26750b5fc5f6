import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import { exemptWindows } from '../engine/relaxation.ts';
import type { Holder, Pod } from '../kube/pod.ts';
import { isWindows } from '../kube/pod.ts';

const valid = (type: string | null | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

export default defineCheck({
  id: 'seccomp',
  title: 'Containers run under a seccomp profile',
  why: 'Without seccomp a process can call all of the kernel, where the next escape is found.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/', 'CIS 5.7.2'],
  params: Type.Object(
    {
      required: Type.Boolean({ default: true, description: 'Also refuse containers for which no profile is set, here or in the pod.' }),
      exemptWindows,
    },
    { additionalProperties: false },
  ),
  messages: {
    forbidden: '{who} asks for the seccomp profile {type}; set type to RuntimeDefault or Localhost',
    unset: '{who} runs without seccomp (unset here and in the pod); set seccompProfile to {type: RuntimeDefault}',
  },
  evaluate(pod, report, params) {
    if (params.exemptWindows && isWindows(pod)) return;
    for (const holder of pod.holders) {
      const profile = holder.context?.seccompProfile;
      if (profile && !valid(profile.type)) report(forbidden(pod, holder, profile.type ?? ''));
    }
    // Where the pod's profile is forbidden, the finding on the pod stands for the containers that inherit it.
    if (!params.required || pod.spec.securityContext?.seccompProfile != null) return;
    for (const container of pod.containers) if (container.context?.seccompProfile == null) report(unset(pod, container));
  },
  example: {
    bad: 'containers: [{ name: app }]',
    good: 'containers: [{ name: app, securityContext: { seccompProfile: { type: RuntimeDefault } } }]',
  },
});

function forbidden(pod: Pod, { who, path }: Holder, type: string) {
  const cure = isWindows(pod) ? undefined : ({ set: 'RuntimeDefault', class: 'review' } as const);
  return { message: 'forbidden', at: `${path}.securityContext.seccompProfile.type`, data: { who, type: type || '""' }, cure } as const;
}

function unset(pod: Pod, { who, path }: Holder) {
  const cure = isWindows(pod) ? undefined : ({ set: { type: 'RuntimeDefault' }, class: 'safe' } as const);
  return { message: 'unset', at: `${path}.securityContext.seccompProfile`, data: { who }, reason: 'FieldValueRequired', cure } as const;
}

import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Cure } from '../engine/finding.ts';
import { exemptWindows } from '../engine/relaxation.ts';
import type { Container } from '../kube/pod.ts';
import { isWindows } from '../kube/pod.ts';

export default defineCheck({
  id: 'allow-privilege-escalation',
  title: 'Containers cannot gain privileges',
  why: 'Without no_new_privs a setuid binary in the image turns any process into root.',
  byDefault:
    'Allowed: unset counts as true, and in a privileged container, or beside the capability CAP_SYS_ADMIN, the API server refuses false.',
  breaks: 'What gains privileges on purpose stops working in the container: sudo, su, other setuid programs, files with capabilities.',
  severity: 'high',
  refs: [
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted',
    'CIS 5.2.6',
    'NSA Pod security',
    'MITRE T1548.001',
  ],
  params: Type.Object({ exemptWindows }, { additionalProperties: false }),
  messages: {
    allowed: '{who} may gain privileges (set here); set allowPrivilegeEscalation: false',
    unset: '{who} may gain privileges (the default); set allowPrivilegeEscalation: false',
  },
  evaluate(pod, params) {
    if (params.exemptWindows && isWindows(pod)) return none;
    return pod.containers
      .filter(({ context }) => context?.allowPrivilegeEscalation !== false)
      .map((container) => ({ ...fault(container), cure: isWindows(pod) ? undefined : cure(container) }));
  },
  example: {
    bad: 'containers: [{ name: app }]',
    good: 'containers: [{ name: app, securityContext: { allowPrivilegeEscalation: false } }]',
  },
});

function fault({ who, path, context }: Container) {
  const at = `${path}.securityContext.allowPrivilegeEscalation`;
  if (context?.allowPrivilegeEscalation === true) return { message: 'allowed', at, data: { who } } as const;
  return { message: 'unset', at, data: { who }, reason: 'FieldValueRequired' } as const;
}

const cure = (container: Container): Cure => ({ set: false, class: isRefusedBeside(container) ? 'review' : 'safe' });

/** The API server refuses false beside what needs escalation (core/v1 ValidateSecurityContext): alone, the cure would break the pod. */
const isRefusedBeside = ({ context }: Container): boolean =>
  context?.privileged === true || (context?.capabilities?.add?.includes('CAP_SYS_ADMIN') ?? false);

import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import { exemptWindows } from '../engine/relaxation.ts';
import type { Container } from '../kube/pod.ts';
import { isWindows } from '../kube/pod.ts';

export default defineCheck({
  id: 'allow-privilege-escalation',
  title: 'Containers cannot gain privileges',
  why: 'Without no_new_privs a setuid binary in the image turns any process into root.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted', 'CIS 5.2.6'],
  params: Type.Object({ exemptWindows }, { additionalProperties: false }),
  messages: {
    allowed: '{who} may gain privileges (true is set here); set allowPrivilegeEscalation to false',
    unset: '{who} may gain privileges (unset, Kubernetes defaults to true); set allowPrivilegeEscalation to false',
  },
  evaluate(pod, report, params) {
    if (params.exemptWindows && isWindows(pod)) return;
    for (const container of pod.containers) {
      const value = container.context?.allowPrivilegeEscalation;
      if (value === false) continue;
      const at = `${container.path}.securityContext.allowPrivilegeEscalation`;
      const data = { who: container.who };
      const cure = isWindows(pod) ? undefined : ({ set: false, class: isRefusedBeside(container) ? 'review' : 'safe' } as const);
      if (value === true) report({ message: 'allowed', at, data, cure });
      else report({ message: 'unset', at, data, reason: 'FieldValueRequired', cure });
    }
  },
  example: {
    bad: 'containers: [{ name: app }]',
    good: 'containers: [{ name: app, securityContext: { allowPrivilegeEscalation: false } }]',
  },
});

/** The API server refuses false beside what needs escalation (core/v1 ValidateSecurityContext): alone, the cure would break the pod. */
const isRefusedBeside = ({ context }: Container): boolean =>
  context?.privileged === true || (context?.capabilities?.add?.includes('CAP_SYS_ADMIN') ?? false);

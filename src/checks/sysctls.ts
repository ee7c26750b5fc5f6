import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';

export default defineCheck({
  id: 'sysctls',
  title: 'Pods set only safe sysctls',
  why: 'A sysctl that is not namespaced changes the kernel for every pod of the node.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  params: Type.Object(
    { allowed: Type.Array(Type.String(), { default: [], description: 'Names, in the dotted form, that may be set.' }) },
    { additionalProperties: false },
  ),
  messages: { forbidden: 'the pod sets the sysctl {name}, which is not among the safe ones; remove it' },
  evaluate(pod, report, params) {
    for (const [index, sysctl] of (pod.spec.securityContext?.sysctls ?? []).entries()) {
      const name = sysctl?.name ?? '';
      if (params.allowed.includes(name)) continue;
      const at = `${pod.path}.securityContext.sysctls[${index}]`;
      report({ message: 'forbidden', at, data: { name: name || '""' }, cure: { remove: true, class: 'review' } });
    }
  },
  example: {
    bad: '{ securityContext: { sysctls: [{ name: kernel.msgmax, value: "1" }] }, containers: [{ name: app }] }',
    good: '{ securityContext: { sysctls: [] }, containers: [{ name: app }] }',
  },
});

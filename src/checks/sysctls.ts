import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';

export default defineCheck({
  id: 'sysctls',
  title: 'Pods set only safe sysctls',
  why: 'A sysctl that is not namespaced changes the kernel for every pod of the node.',
  byDefault:
    'Only sysctls that the kernel keeps per pod and that Kubernetes calls safe; the kubelet refuses the others unless it is told otherwise.',
  breaks: 'The kernel’s default holds in the pod; what needs more belongs into the configuration of a node pool of its own.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  params: Type.Object(
    { allowed: Type.Array(Type.String(), { default: [], description: 'Names, in the dotted form, that may be set.' }) },
    { additionalProperties: false },
  ),
  messages: { forbidden: 'the pod sets the sysctl {name}, which is not a safe one; remove it' },
  evaluate: ({ spec, path }, { allowed }) =>
    (spec.securityContext?.sysctls ?? none).flatMap((sysctl, index) => {
      const name = sysctl?.name ?? '';
      return allowed.includes(name) ? none : fault(name, `${path}.securityContext.sysctls[${index}]`);
    }),
  example: {
    bad: '{ securityContext: { sysctls: [{ name: kernel.msgmax, value: "1" }] }, containers: [{ name: app }] }',
    good: '{ securityContext: { sysctls: [] }, containers: [{ name: app }] }',
  },
});

const fault = (name: string, at: string): Fault<'forbidden'> => ({
  message: 'forbidden',
  at,
  data: { name: name || '""' },
  cure: { remove: true, class: 'review' },
});

import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import { exemptUserNamespaces } from '../engine/relaxation.ts';
import type { Container } from '../kube/pod.ts';
import { inUserNamespace } from '../kube/pod.ts';

export default defineCheck({
  id: 'proc-mount',
  title: 'Containers see /proc masked',
  why: 'An unmasked /proc shows and changes kernel settings of the node.',
  byDefault: 'Default: the container runtime masks or write-protects the sensitive paths below /proc.',
  breaks: 'Builders and runtimes nested in the container may need an unmasked /proc: run them with hostUsers: false.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'MITRE T1611'],
  params: Type.Object({ exemptUserNamespaces }, { additionalProperties: false }),
  messages: { procMount: '{who} sets procMount: {value}; remove it (the default is Default)' },
  evaluate: (pod, params) => (params.exemptUserNamespaces && inUserNamespace(pod) ? none : pod.containers.filter(isUnmasked).map(fault)),
  example: {
    bad: 'containers: [{ name: app, securityContext: { procMount: Unmasked } }]',
    good: 'containers: [{ name: app, securityContext: {} }]',
  },
});

const isUnmasked = ({ context }: Container): boolean => (context?.procMount ?? 'Default') !== 'Default';

const fault = ({ who, path, context }: Container): Fault<'procMount'> => ({
  message: 'procMount',
  at: `${path}.securityContext.procMount`,
  data: { who, value: context?.procMount || '""' },
  cure: { remove: true, class: 'review' },
});

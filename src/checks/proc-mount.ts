import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import { exemptUserNamespaces } from '../engine/relaxation.ts';
import { inUserNamespace } from '../kube/pod.ts';

export default defineCheck({
  id: 'proc-mount',
  title: 'Containers see /proc masked',
  why: 'An unmasked /proc shows and changes kernel settings of the node.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline'],
  params: Type.Object({ exemptUserNamespaces }, { additionalProperties: false }),
  messages: { procMount: '{who} asks for procMount {value}; remove procMount, which defaults to Default' },
  evaluate(pod, report, params) {
    if (params.exemptUserNamespaces && inUserNamespace(pod)) return;
    for (const container of pod.containers) {
      const value = container.context?.procMount;
      if (value == null || value === 'Default') continue;
      const at = `${container.path}.securityContext.procMount`;
      const data = { who: container.who, value: value || '""' };
      report({ message: 'procMount', at, data, cure: { remove: true, class: 'review' } });
    }
  },
  example: {
    bad: 'containers: [{ name: app, securityContext: { procMount: Unmasked } }]',
    good: 'containers: [{ name: app, securityContext: {} }]',
  },
});

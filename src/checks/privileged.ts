import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';

export default defineCheck({
  id: 'privileged',
  title: 'Containers are not privileged',
  why: 'A privileged container has every capability, every device and no confinement: root in it is root on the node.',
  severity: 'critical',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.2'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { privileged: '{who} is privileged, which makes it root on the node; set privileged to false' },
  evaluate(pod, report) {
    for (const container of pod.containers) {
      if (container.context?.privileged !== true) continue;
      const at = `${container.path}.securityContext.privileged`;
      report({ message: 'privileged', at, data: { who: container.who }, cure: { set: false, class: 'review' } });
    }
  },
  example: {
    bad: 'containers: [{ name: app, securityContext: { privileged: true } }]',
    good: 'containers: [{ name: app, securityContext: { privileged: false } }]',
  },
});

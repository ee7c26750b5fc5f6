import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';

export default defineCheck({
  id: 'windows-host-process',
  title: 'Windows containers are not processes of the node',
  why: 'A HostProcess container runs on the Windows node itself, with its privileges.',
  severity: 'critical',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.11'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { hostProcess: '{who} runs as a process of the Windows node; remove hostProcess' },
  evaluate(pod, report) {
    for (const holder of pod.holders) {
      if (holder.context?.windowsOptions?.hostProcess !== true) continue;
      const at = `${holder.path}.securityContext.windowsOptions.hostProcess`;
      report({ message: 'hostProcess', at, data: { who: holder.who }, cure: { remove: true, class: 'review' } });
    }
  },
  example: {
    bad: 'containers: [{ name: app, securityContext: { windowsOptions: { hostProcess: true } } }]',
    good: 'containers: [{ name: app, securityContext: { windowsOptions: {} } }]',
  },
});

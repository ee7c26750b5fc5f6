import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Holder } from '../kube/pod.ts';

export default defineCheck({
  id: 'windows-host-process',
  title: 'Windows containers are not processes of the node',
  why: 'A HostProcess container runs on the Windows node itself, with its privileges.',
  byDefault: 'Off: a Windows container runs in an isolation of its own.',
  breaks: 'Agents that manage the Windows node (CNI, CSI, updates) need it: exempt their namespace.',
  severity: 'critical',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.11', 'MITRE T1611'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { hostProcess: '{who} runs as a process of the Windows node; remove hostProcess' },
  evaluate: ({ holders }) => holders.filter(isHostProcess).map(fault),
  example: {
    bad: 'containers: [{ name: app, securityContext: { windowsOptions: { hostProcess: true } } }]',
    good: 'containers: [{ name: app, securityContext: { windowsOptions: {} } }]',
  },
});

const isHostProcess = ({ context }: Holder): boolean => context?.windowsOptions?.hostProcess === true;

const fault = ({ who, path }: Holder): Fault<'hostProcess'> => ({
  message: 'hostProcess',
  at: `${path}.securityContext.windowsOptions.hostProcess`,
  data: { who },
  cure: { remove: true, class: 'review' },
});

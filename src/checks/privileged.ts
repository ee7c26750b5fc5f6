import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Container } from '../kube/pod.ts';

export default defineCheck({
  id: 'privileged',
  title: 'Containers are not privileged',
  why: 'A privileged container has every capability, every device and no confinement: root in it is root on the node.',
  byDefault: 'Off: a container has the capabilities, the devices and the profiles that the runtime gives it.',
  breaks: 'What uses devices, mounts, iptables or kernel modules fails; often one capability or a device plugin is enough for it.',
  severity: 'critical',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.2', 'NSA Pod security', 'MITRE T1611'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { privileged: '{who} is privileged, which makes it root on the node; set privileged: false' },
  evaluate: ({ containers }) => containers.filter(isPrivileged).map(fault),
  example: {
    bad: 'containers: [{ name: app, securityContext: { privileged: true } }]',
    good: 'containers: [{ name: app, securityContext: { privileged: false } }]',
  },
});

const isPrivileged = ({ context }: Container): boolean => context?.privileged === true;

const fault = ({ who, path }: Container): Fault<'privileged'> => ({
  message: 'privileged',
  at: `${path}.securityContext.privileged`,
  data: { who },
  cure: { set: false, class: 'review' },
});

import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';

const namespaces = [
  { field: 'hostNetwork', message: 'network' },
  { field: 'hostPID', message: 'pid' },
  { field: 'hostIPC', message: 'ipc' },
] as const;

export default defineCheck({
  id: 'host-namespaces',
  title: 'Pods keep out of the namespaces of the node',
  why: 'In a namespace of the node a pod sees its traffic and local services, reads the environment of its processes, or talks to their shared memory.',
  byDefault: 'Off: a pod has a network, process and IPC namespace of its own.',
  breaks:
    'Node agents (CNI, metrics, log shippers) need what they ask for: exempt their namespace, or grant an exception to that workload.',
  severity: 'critical',
  refs: [
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
    'CIS 5.2.3',
    'CIS 5.2.4',
    'CIS 5.2.5',
    'NSA Pod security',
    'MITRE T1611',
  ],
  params: Type.Object({}, { additionalProperties: false }),
  messages: {
    network: 'the pod shares the network of the node; remove hostNetwork',
    pid: 'the pod sees every process of the node; remove hostPID',
    ipc: 'the pod shares the inter-process memory of the node; remove hostIPC',
  },
  evaluate: ({ spec, path }) =>
    namespaces
      .filter(({ field }) => spec[field] === true)
      .map(({ field, message }) => ({ message, at: `${path}.${field}`, cure: { remove: true, class: 'review' } })),
  example: {
    bad: '{ hostPID: true, containers: [{ name: app }] }',
    good: '{ containers: [{ name: app }] }',
  },
});

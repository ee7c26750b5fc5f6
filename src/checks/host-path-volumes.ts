import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Volume } from '../kube/pod.ts';

export default defineCheck({
  id: 'host-path-volumes',
  title: 'Pods mount no path of the node',
  why: 'A path of the node carries credentials, sockets of the container runtime, or a place to plant what the node will run.',
  byDefault: 'Allowed: any pod may mount any path of its node, writable, and a symlink in it leads wherever the node has it lead.',
  breaks: 'Data that lay on the node does not move into the new volume; node agents need an exception.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.12', 'MITRE T1611'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { hostPath: 'volume "{name}" mounts a path of the node; use a persistentVolumeClaim, configMap, secret or emptyDir' },
  evaluate: ({ spec, path }) =>
    (spec.volumes ?? []).flatMap((volume, index) =>
      volume?.hostPath == null ? none : fault(volume, `${path}.volumes[${index}].hostPath`),
    ),
  example: {
    bad: '{ containers: [{ name: app }], volumes: [{ name: logs, hostPath: { path: /var/log } }] }',
    good: '{ containers: [{ name: app }], volumes: [{ name: logs, emptyDir: {} }] }',
  },
});

const fault = ({ name }: Volume, at: string): Fault<'hostPath'> => ({ message: 'hostPath', at, data: { name: name ?? '' } });

import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';

export default defineCheck({
  id: 'host-path-volumes',
  title: 'Pods mount no path of the node',
  why: 'A path of the node carries credentials, sockets of the container runtime, or a place to plant what the node will run.',
  severity: 'high',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline', 'CIS 5.2.12'],
  params: Type.Object({}, { additionalProperties: false }),
  messages: { hostPath: 'volume "{name}" mounts a path of the node; use a persistentVolumeClaim, configMap, secret or emptyDir instead' },
  evaluate(pod, report) {
    for (const [index, volume] of (pod.spec.volumes ?? []).entries()) {
      if (volume?.hostPath == null) continue;
      report({ message: 'hostPath', at: `${pod.path}.volumes[${index}].hostPath`, data: { name: volume.name ?? '' } });
    }
  },
  example: {
    bad: '{ containers: [{ name: app }], volumes: [{ name: logs, hostPath: { path: /var/log } }] }',
    good: '{ containers: [{ name: app }], volumes: [{ name: logs, emptyDir: {} }] }',
  },
});

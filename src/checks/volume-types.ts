import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Volume } from '../kube/pod.ts';
import { volumeSources } from '../kube/pod-shape.ts';

export default defineCheck({
  id: 'volume-types',
  title: 'Pods use only volume types that keep them on their own ground',
  why: 'Volume types beyond these reach the node or storage with credentials of the node.',
  severity: 'medium',
  refs: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted'],
  params: Type.Object(
    {
      allowed: Type.Array(Type.String(), {
        default: ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'],
        description: 'Volume types that may be used.',
      }),
    },
    { additionalProperties: false },
  ),
  messages: {
    type: 'volume "{name}" is a {type}; use one of {allowed}',
    unknown: 'volume "{name}" is of no type that is known; use one of {allowed}',
  },
  evaluate(pod, report, params) {
    for (const [index, item] of (pod.spec.volumes ?? []).entries()) {
      const volume = item ?? {};
      if (params.allowed.some((type) => volume[type] != null)) continue;
      const type = typeOf(volume);
      const at = `${pod.path}.volumes[${index}]`;
      const data = { name: volume.name ?? '', allowed: params.allowed.join(', ') };
      if (type) report({ message: 'type', at: `${at}.${type}`, data: { ...data, type } });
      else report({ message: 'unknown', at, data });
    }
  },
  example: {
    bad: '{ containers: [{ name: app }], volumes: [{ name: data, nfs: { server: nfs.example, path: / } }] }',
    good: '{ containers: [{ name: app }], volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }] }',
  },
});

const typeOf = (volume: Volume): string | undefined => volumeSources.find((source) => volume[source] != null);

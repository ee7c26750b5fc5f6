import { Type } from 'typebox';
import { defineCheck, none } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Volume } from '../kube/pod.ts';
import { volumeSources } from '../kube/pod-shape.ts';

export default defineCheck({
  id: 'volume-types',
  title: 'Pods use only volume types that keep them on their own ground',
  why: 'Volume types beyond these reach the node or storage with credentials of the node.',
  byDefault: 'Every type may be used, in-tree drivers that mount with credentials of the node among them.',
  breaks: 'The data must be reached through a PersistentVolumeClaim, whose PersistentVolume an administrator makes.',
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
    unknown: 'volume "{name}" is of no known type; use one of {allowed}',
  },
  evaluate: ({ spec, path }, { allowed }) =>
    (spec.volumes ?? none).flatMap((volume, index) =>
      allowed.some((type) => volume?.[type] != null) ? none : fault(volume ?? {}, `${path}.volumes[${index}]`, allowed.join(', ')),
    ),
  example: {
    bad: '{ containers: [{ name: app }], volumes: [{ name: data, nfs: { server: nfs.example, path: / } }] }',
    good: '{ containers: [{ name: app }], volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }] }',
  },
});

function fault(volume: Volume, at: string, allowed: string): Fault<'type' | 'unknown'> {
  const name = volume.name ?? '';
  const type = typeOf(volume);
  if (type === undefined) return { message: 'unknown', at, data: { name, allowed } };
  return { message: 'type', at: `${at}.${type}`, data: { name, type, allowed } };
}

const typeOf = (volume: Volume): string | undefined => volumeSources.find((source) => volume[source] != null);

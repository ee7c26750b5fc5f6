import type { Json } from './json.ts';
import { isObject } from './json.ts';

/**
 * Whether an update of a pod can change what was judged when it was made: containers added or removed, an image changed by index,
 * an ephemeral container new by name or with another image (k8s.io/pod-security-admission isSignificantPodUpdate).
 * What cannot be read counts as significant.
 */
export function isSignificantUpdate(pod: Json, oldPod: Json): boolean {
  const spec = specOf(pod);
  const oldSpec = specOf(oldPod);
  if (!spec || !oldSpec) return true;
  if (imagesChanged(spec.containers, oldSpec.containers) || imagesChanged(spec.initContainers, oldSpec.initContainers)) return true;
  return ephemeralChanged(spec.ephemeralContainers, oldSpec.ephemeralContainers);
}

interface Named {
  readonly name: Json;
  readonly image: Json;
}
/** Null where a list cannot be read. */
type Lists = Record<'containers' | 'initContainers' | 'ephemeralContainers', Named[] | null>;

function specOf(pod: Json): Lists | null {
  if (!isObject(pod)) return null;
  const spec = pod['spec'] ?? {};
  if (!isObject(spec)) return null;
  return {
    containers: namedList(spec['containers'] ?? []),
    initContainers: namedList(spec['initContainers'] ?? []),
    ephemeralContainers: namedList(spec['ephemeralContainers'] ?? []),
  };
}

function namedList(value: Json): Named[] | null {
  if (!Array.isArray(value)) return null;
  return value.map((item) => (isObject(item) ? { name: item['name'] ?? '', image: item['image'] ?? '' } : { name: '', image: '' }));
}

const imagesChanged = (list: Named[] | null, old: Named[] | null): boolean =>
  !list || !old || list.length !== old.length || list.some((item, index) => item.image !== old[index]?.image);

const ephemeralChanged = (list: Named[] | null, old: Named[] | null): boolean =>
  !list || !old || !list.every((item) => old.some(({ name, image }) => name === item.name && image === item.image));

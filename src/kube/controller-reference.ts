import type { Json } from './json.ts';
import { isObject } from './json.ts';

/** The one owner that keeps an object. It is in the object's namespace, or in none. */
export interface ControllerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The controller that an object names as its own, or null. */
export function controllerOf(object: Json | undefined): ControllerReference | null {
  const metadata = isObject(object) ? object['metadata'] : null;
  const references = isObject(metadata) ? metadata['ownerReferences'] : null;
  const found = Array.isArray(references) ? references.find((reference) => isObject(reference) && reference['controller'] === true) : null;
  if (!isObject(found)) return null;
  const { apiVersion, kind, name, uid } = found;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string' || typeof uid !== 'string') return null;
  return { apiVersion, kind, name, uid };
}

import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';

/** What became of one object. `object` is the new one; of a delete, the last one known. */
export interface Change {
  readonly type: 'add' | 'update' | 'delete';
  readonly key: string;
  readonly object: JsonObject;
}

/** Objects of one kind by `namespace/name`, or `name` in the cluster's scope. */
export interface ObjectStore {
  get(key: string): JsonObject | undefined;
  readonly items: () => readonly JsonObject[];
  /** Takes the place of all that is held; what is the same is no change. */
  replace(objects: readonly JsonObject[]): Change[];
  put(object: JsonObject): Change[];
  remove(object: JsonObject): Change[];
}

export function objectStore(): ObjectStore {
  let held = new Map<string, JsonObject>();
  const put = (object: JsonObject): Change[] => {
    const key = keyOf(object);
    const before = held.get(key);
    held.set(key, object);
    return changeOf(key, before, object);
  };
  return {
    get: (key) => held.get(key),
    items: () => [...held.values()],
    put,
    remove(object) {
      const key = keyOf(object);
      return held.delete(key) ? [{ type: 'delete', key, object }] : [];
    },
    replace(objects) {
      const next = new Map(objects.map((object) => [keyOf(object), object]));
      const gone = [...held].flatMap<Change>(([key, object]) => (next.has(key) ? [] : [{ type: 'delete', key, object }]));
      const changed = [...next].flatMap(([key, object]) => changeOf(key, held.get(key), object));
      held = next;
      return [...gone, ...changed];
    },
  };
}

function changeOf(key: string, before: JsonObject | undefined, object: JsonObject): Change[] {
  if (before === undefined) return [{ type: 'add', key, object }];
  return metadataText(before, 'resourceVersion') === metadataText(object, 'resourceVersion') ? [] : [{ type: 'update', key, object }];
}

export function keyOf(object: JsonObject): string {
  const namespace = metadataText(object, 'namespace');
  const name = metadataText(object, 'name');
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** A text of an object's metadata; `''` where there is none. */
export function metadataText(object: Json | undefined, key: string): string {
  const metadata = isObject(object) ? object['metadata'] : null;
  const value = isObject(metadata) ? metadata[key] : undefined;
  return typeof value === 'string' ? value : '';
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object without what only its writers need: half of its size, as a rule. */
export function trimmed(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isObject(metadata)) return object;
  const { managedFields: _managed, annotations, ...rest } = metadata;
  if (!isObject(annotations)) return { ...object, metadata: rest };
  const { [lastApplied]: _applied, ...kept } = annotations;
  return { ...object, metadata: { ...rest, annotations: kept } };
}

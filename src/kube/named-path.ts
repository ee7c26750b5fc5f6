import type { Step } from './field-path.ts';
import { formatKey, parsePath } from './field-path.ts';
import type { Json } from './json.ts';
import { isObject } from './json.ts';

/**
 * A field path of the object with the names of list items in the place of their indexes: `spec.containers[name=app].ports[0]`,
 * `add[=SYS_ADMIN]`. It stays the same when a list is put in another order. Items of one name are counted (`[name=app#2]`).
 */
export function namedPath(object: Json, path: string): string {
  let at: Json | undefined = object;
  const parts = parsePath(path).map((step) => {
    const part = typeof step === 'number' ? `[${itemName(at, step)}]` : formatKey(step);
    at = child(at, step);
    return part;
  });
  return parts.join('').replace(/^\./, '');
}

function child(parent: Json | undefined, step: Step): Json | undefined {
  if (Array.isArray(parent)) return typeof step === 'number' ? parent[step] : undefined;
  return isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}

function itemName(list: Json | undefined, index: number): string {
  if (!Array.isArray(list)) return String(index);
  const name = ownName(list[index]);
  if (name === null) return String(index);
  const before = list.slice(0, index).filter((item) => ownName(item) === name).length;
  return before === 0 ? name : `${name}#${before + 1}`;
}

function ownName(item: Json | undefined): string | null {
  if (typeof item === 'string') return `=${item}`;
  return isObject(item) && typeof item['name'] === 'string' ? `name=${item['name']}` : null;
}

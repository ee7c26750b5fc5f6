import type { Json } from './json.ts';
import { isObject } from './json.ts';

/** An object, and its field path inside the document that holds it: `''` for the document itself. */
export interface ListItem {
  readonly value: Json;
  readonly path: string;
}

/** The objects of a `List` or a typed list (`PodList`), lists inside lists included; of anything else, itself. */
export function listItems(value: Json, path = ''): ListItem[] {
  if (!isObject(value) || !Array.isArray(value['items'])) return [{ value, path }];
  const { kind, apiVersion, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List')) return [{ value, path }];
  const typed = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item, index) => {
    const at = path === '' ? `items[${index}]` : `${path}.items[${index}]`;
    // The items of a typed list carry no kind of their own where a client wrote it.
    return listItems(isObject(item) ? { ...typed, ...item } : item, at);
  });
}

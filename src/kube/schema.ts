import type { Json } from './json.ts';
import { isObject } from './json.ts';
import { formatKey } from './field-path.ts';
import { nearestWord } from './nearest-word.ts';

/**
 * The fields that a value may have: `0` for a value that is not looked into, the name of a type, one of these in a list for a list, or an
 * object with one for each field. `*` stands for every field that is not named.
 */
export type FieldType = 0 | string | readonly [FieldType] | Fields;
export interface Fields {
  readonly [field: string]: FieldType;
}

/** What an API server knows of the kinds it serves, as `sallyport generate schemas` writes it. */
export interface Schemas {
  /** Of Kubernetes: `v1.36.3`. */
  readonly version: string;
  /** Names of types by `apiVersion`, then kind. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly types: Readonly<Record<string, Fields>>;
}

/** A field that the API server drops. */
export interface UnknownField {
  readonly path: string;
  readonly field: string;
  /** The field that was most likely meant. */
  readonly nearest: string | null;
}

/** The type of a kind; null where the schemas do not hold it. */
export function typeOf({ kinds }: Schemas, apiVersion: string, kind: string): string | null {
  const served = Object.hasOwn(kinds, apiVersion) ? kinds[apiVersion] : undefined;
  return served !== undefined && Object.hasOwn(served, kind) ? (served[kind] ?? null) : null;
}

/**
 * The fields of a value that its type does not have, `most` at the most: those of an object before those inside it. A value of
 * another shape than its type is not looked into.
 */
export function unknownFields({ types }: Schemas, type: FieldType, value: Json, most = 100): UnknownField[] {
  const unknown: UnknownField[] = [];
  const note = (path: string, field: string, known: Fields): void => {
    if (unknown.length < most) unknown.push({ path, field, nearest: nearestWord(field, Object.keys(known)) });
  };
  // By hand, since a value may be nested deeper than the stack.
  const open: Open[] = [{ type, value, path: '' }];
  for (let next = open.pop(); next !== undefined && unknown.length < most; next = open.pop()) {
    const inside = children(next, types, note);
    for (let at = inside.length - 1; at >= 0; at--) open.push(inside[at] as Open);
  }
  return unknown;
}

interface Open {
  readonly type: FieldType;
  readonly value: Json;
  readonly path: string;
}

function children(
  { type, value, path }: Open,
  types: Schemas['types'],
  note: (path: string, field: string, known: Fields) => void,
): Open[] {
  const fields = typeof type === 'string' ? (Object.hasOwn(types, type) ? types[type] : 0) : type;
  if (fields === 0 || fields === undefined) return [];
  if (isList(fields)) {
    const items = Array.isArray(value) ? value : [];
    return items.map((item, index) => ({ type: fields[0], value: item, path: `${path}[${index}]` }));
  }
  return isObject(value) ? Object.entries(value).flatMap(([field, inside]) => child(fields, field, inside ?? null)) : [];

  function child(known: Fields, field: string, inside: Json): Open[] {
    const type = Object.hasOwn(known, field) ? known[field] : known['*'];
    if (type === 0) return [];
    const at = path === '' ? formatKey(field).replace(/^\./, '') : path + formatKey(field);
    if (type === undefined) note(at, field, known);
    return type === undefined ? [] : [{ type, value: inside, path: at }];
  }
}

const isList = (type: Exclude<FieldType, string>): type is readonly [FieldType] => Array.isArray(type);

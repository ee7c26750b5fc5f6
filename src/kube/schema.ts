import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { formatKey } from './field-path.ts';
import { nearestWord } from './nearest-word.ts';
import { misfit } from './value-type.ts';

/**
 * What a value may be: the number of a plain type (`valueTypes`; `0` is not looked into), the name of a type, one of these in a list for a
 * list, or an object with one for each field. `*` stands for every field that is not named.
 */
export type FieldType = number | string | readonly [FieldType] | Fields;
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

/** A value that the API server cannot read. */
export interface WrongValue {
  readonly path: string;
  readonly value: Json;
  /** What it can read, in words. */
  readonly expected: string;
}

export interface FieldFaults {
  readonly unknown: readonly UnknownField[];
  readonly wrong: readonly WrongValue[];
}

/** The type of a kind; null where the schemas do not hold it. */
export function typeOf({ kinds }: Schemas, apiVersion: string, kind: string): string | null {
  const served = Object.hasOwn(kinds, apiVersion) ? kinds[apiVersion] : undefined;
  return served !== undefined && Object.hasOwn(served, kind) ? (served[kind] ?? null) : null;
}

/**
 * The fields of a value that its type does not have, and the values that are none of theirs, `most` of both at the most: those of an object
 * before those inside it. A value of another shape than its type is not looked into.
 */
export function fieldFaults({ types }: Schemas, type: FieldType, value: Json, most = 100): FieldFaults {
  const [unknown, wrong]: [UnknownField[], WrongValue[]] = [[], []];
  const isFull = (): boolean => unknown.length + wrong.length >= most;
  const note: Note = {
    unknown: (path, field, known) => void (isFull() || unknown.push({ path, field, nearest: nearestWord(field, Object.keys(known)) })),
    wrong: (path, value, expected) => void (isFull() || wrong.push({ path, value, expected })),
  };
  // By hand, since a value may be nested deeper than the stack.
  const open: Open[] = [{ type, value, path: '' }];
  for (let next = open.pop(); next !== undefined && !isFull(); next = open.pop()) {
    const inside = children(next, types, note);
    for (let at = inside.length - 1; at >= 0; at--) open.push(inside[at] as Open);
  }
  return { unknown, wrong };
}

interface Open {
  readonly type: FieldType;
  readonly value: Json;
  readonly path: string;
}

interface Note {
  readonly unknown: (path: string, field: string, known: Fields) => void;
  readonly wrong: (path: string, value: Json, expected: string) => void;
}

function children({ type, value, path }: Open, types: Schemas['types'], note: Note): Open[] {
  const fields = typeof type === 'string' ? (Object.hasOwn(types, type) ? types[type] : 0) : type;
  if (fields === undefined || value === null) return [];
  const expected = typeof fields === 'number' ? misfit(fields, value) : isList(fields) ? listMisfit(value) : mapMisfit(value);
  if (expected !== null) note.wrong(path, value, expected);
  if (expected !== null || typeof fields === 'number') return [];
  if (isList(fields)) return (value as readonly Json[]).map((item, index) => ({ type: fields[0], value: item, path: `${path}[${index}]` }));
  return Object.entries(value as JsonObject).flatMap(([field, inside]) => child(fields, field, inside ?? null));

  function child(known: Fields, field: string, inside: Json): Open[] {
    const type = Object.hasOwn(known, field) ? known[field] : known['*'];
    if (type === 0) return [];
    const at = path === '' ? formatKey(field).replace(/^\./, '') : path + formatKey(field);
    if (type === undefined) note.unknown(at, field, known);
    return type === undefined ? [] : [{ type, value: inside, path: at }];
  }
}

const listMisfit = (value: Json): string | null => (Array.isArray(value) ? null : 'a list');
const mapMisfit = (value: Json): string | null => (isObject(value) ? null : 'a map');

const isList = (type: Exclude<FieldType, string | number>): type is readonly [FieldType] => Array.isArray(type);

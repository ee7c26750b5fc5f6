import { mapEntries } from '../../src/cel/equality.ts';
import { stringOf } from '../../src/cel/string-of.ts';
import { CelError, Double, Duration, fromJson, Optional, Timestamp, toInt, TypeValue, Uint } from '../../src/cel/value.ts';
import type { Value } from '../../src/cel/value.ts';
import { isFields, isList, isMap, isOpaque } from '../../src/cel/value-type.ts';

/** A value with its type: `{ "int": "5" }`, `{ "list": [] }`, `{ "map": [[key, value]] }` in order of key. */
export type Typed = { readonly [kind: string]: unknown };

/** What an evaluation gave, as the tables write it. */
export function typed(raw: Value): Typed {
  const value = fromJson(raw);
  if (value === null) return { null: true };
  if (typeof value === 'boolean') return { bool: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'string') return { string: value };
  if (isList(value)) return { list: value.map(typed) };
  return scalar(value) ?? container(value);
}

function scalar(value: Value): Typed | undefined {
  if (value instanceof Double) return { double: number(value.value) };
  if (value instanceof Uint) return { uint: String(value.value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Duration) return { duration: String(value.nanos) };
  if (value instanceof Timestamp) return { timestamp: stringOf(value) };
  if (value instanceof TypeValue) return { type: value.name };
  if (value instanceof CelError) return { error: value.message };
  return undefined;
}

function container(value: Value): Typed {
  if (value instanceof Optional) return { optional: value.value === undefined ? null : typed(value.value) };
  if (isOpaque(value)) return { opaque: value.opaque };
  if (isFields(value)) return { opaque: 'kubernetes.variables' };
  if (isMap(value)) return { map: sorted(mapEntries(value).map(([key, item]) => [typed(key), typed(item)])) };
  return { unknown: true };
}

/** A typed value of the tables or of the suite in the one form that `typed` gives. */
export function canonical(given: unknown): unknown {
  const one = given as Typed;
  if (Array.isArray(one['list'])) return { list: one['list'].map(canonical) };
  if (Array.isArray(one['map'])) return { map: sorted(one['map'].map((pair: unknown[]) => pair.map(canonical))) };
  if (typeof one['double'] === 'string') return { double: number(Number(one['double'].replace(/^\+?(-?)Inf$/, '$1Infinity'))) };
  if (typeof one['opaque'] === 'string') return { opaque: one['opaque'] };
  if (one['optional']) return { optional: canonical(one['optional']) };
  return one;
}

const number = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const sorted = (pairs: unknown[][]): unknown[][] => pairs.toSorted(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** The value that a typed one stands for, as far as the suite binds any. */
export function untyped(given: Typed): Value {
  const [kind = '', value] = Object.entries(given)[0] ?? [];
  if (kind === 'list') return (value as Typed[]).map(untyped);
  if (kind === 'map') return Object.fromEntries((value as [Typed, Typed][]).map(([key, item]) => [key['string'], untyped(item)]));
  return simple[kind]?.(value as string) ?? null;
}

const simple: Readonly<Record<string, (text: string) => Value>> = {
  int: (text) => toInt(BigInt(text)) ?? null,
  uint: (text) => new Uint(BigInt(text)),
  double: (text) => new Double(Number(text)),
  bool: (value: unknown) => value === true,
  string: (text) => text,
  bytes: (text) => new Uint8Array(Buffer.from(text, 'base64')),
};

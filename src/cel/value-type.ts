import { CelError, Double, Duration, MapValue, Optional, Timestamp, TypeValue, Uint } from './value.ts';
import type { Fields, Opaque, Value } from './value.ts';

/** Name of a value's type at run time, as `type(x)` and cel-go's messages have it. A raw JSON number must have gone through `fromJson`. */
export function valueType(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
    case 'bigint':
      return 'int';
    default:
      return value === null ? 'null_type' : objectType(value);
  }
}

/** Opaque values have a method; JSON has none, whatever its keys are. */
export const isOpaque = (value: Value): value is Opaque =>
  typeof value === 'object' && value !== null && typeof (value as Opaque).equals === 'function';

export const isFields = (value: Value): value is Fields =>
  typeof value === 'object' && value !== null && typeof (value as Fields).field === 'function';

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export const isMap = (value: Value): boolean => typeof value === 'object' && value !== null && objectType(value) === 'map';

function objectType(value: object): string {
  if (Array.isArray(value)) return 'list';
  if (value.constructor === Object && typeof (value as Partial<Opaque>).equals !== 'function') return 'map';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return isOpaque(value as Value) ? (value as Opaque).opaque : 'map';
  for (const [kind, name] of kinds) if (value instanceof kind) return name;
  return isOpaque(value as Value) ? (value as Opaque).opaque : 'map';
}

const kinds = [
  [Double, 'double'],
  [Uint, 'uint'],
  [Uint8Array, 'bytes'],
  [Timestamp, 'google.protobuf.Timestamp'],
  [Duration, 'google.protobuf.Duration'],
  [Optional, 'optional_type'],
  [TypeValue, 'type'],
  [MapValue, 'map'],
  [CelError, 'error'],
] as const;

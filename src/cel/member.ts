import { mapGet } from './equality.ts';
import { formatDouble } from './format-double.ts';
import { CelError, Double, fromJson, MapValue, Uint } from './value.ts';
import type { Value } from './value.ts';
import { isFields, isList, isMap, valueType } from './value-type.ts';

/**
 * What a key or an index leads to: undefined where it is not there, which includes every key of null and of a scalar.
 * An error where the key is of a kind that the value cannot have.
 */
export function lookUp(value: Value, key: Value): Value | undefined {
  if (isList(value)) return elementAt(value, key);
  if (isFields(value)) return typeof key === 'string' ? value.field(key) : undefined;
  if (isMap(value)) return isKey(key) ? mapGet(value, key) : noQualifier(key);
  return undefined;
}

/** Whether a value is a JSON object, for certain: one with a key `constructor` is told by the slower way only. */
export const isPlain = (value: Value): boolean => typeof value === 'object' && value !== null && value.constructor === Object;

/** The field of a plain JSON object, the commonest look-up; undefined where the object is none or has no such field of its own. */
export function plainMember(value: Value, field: string): Value | undefined {
  if (!isPlain(value) || !Object.hasOwn(value as object, field)) return undefined;
  return fromJson((value as Record<string, Value | undefined>)[field] as Value);
}

/** The error for a key or an index that leads nowhere. */
export const missing = (value: Value, key: Value): CelError =>
  new CelError(isList(value) ? `index out of bounds: ${keyText(key)}` : `no such key: ${keyText(key)}`);

/** Name of a value's type in cel-go's own code, which some of its messages show. */
export function goType(value: Value): string {
  if (isList(value)) return '[]interface {}';
  if (isMap(value) && !(value instanceof MapValue)) return 'map[string]interface {}';
  const type = valueType(value);
  return goTypes[type] ?? (type.startsWith('kubernetes.') || type.startsWith('net.') ? `cel.${type.slice(type.indexOf('.') + 1)}` : type);
}

function elementAt(list: readonly Value[], key: Value): Value | undefined {
  const index = indexOf(key);
  if (typeof index !== 'number') return index;
  const element = list[index];
  return element === undefined ? undefined : fromJson(element);
}

function indexOf(key: Value): number | CelError {
  if (typeof key === 'number') return key;
  if (typeof key === 'bigint') return -1;
  if (key instanceof Uint) return Number(key.value);
  if (!isKey(key)) return noQualifier(key);
  if (!(key instanceof Double)) return new CelError(`unsupported index type '${valueType(key)}' in list`);
  if (Number.isInteger(key.value) && Math.abs(key.value) < 2 ** 63) return key.value;
  return new CelError(`unsupported index value ${keyText(key)} in list`);
}

const noQualifier = (key: Value): CelError => new CelError(`invalid qualifier type: ${key === null ? '<nil>' : goType(key)}`);

const isKey = (key: Value): boolean => typeof key !== 'object' || key instanceof Double || key instanceof Uint;

function keyText(key: Value): string {
  if (key instanceof Double) return formatDouble(key.value);
  if (key instanceof Uint) return String(key.value);
  return typeof key === 'object' ? valueType(key) : String(key);
}

const goTypes: Readonly<Record<string, string>> = {
  null_type: 'types.Null',
  bool: 'types.Bool',
  int: 'types.Int',
  uint: 'types.Uint',
  double: 'types.Double',
  string: 'types.String',
  bytes: 'types.Bytes',
  list: '*types.baseList',
  map: '*types.baseMap',
  type: '*types.Type',
  optional_type: '*types.Optional',
  'google.protobuf.Timestamp': 'types.Timestamp',
  'google.protobuf.Duration': 'types.Duration',
};

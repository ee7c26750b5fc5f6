import { compare, isNumber } from './order.ts';
import { sizeOf } from './size.ts';
import { CelError, Double, Duration, fromJson, MapValue, Optional, Timestamp, TypeValue } from './value.ts';
import type { MapKey, Value } from './value.ts';
import { isOpaque, valueType } from './value-type.ts';

/** How many elements were compared. */
export interface Tally {
  count: number;
}

/** Whether two values are equal, as `==` has it: values of different types are not; a quantity against anything else is an error. */
export function equal(left: Value, right: Value, tally?: Tally): boolean | CelError {
  if (left === null || right === null) return left === right;
  if (left === right && typeof left !== 'object') return true;
  if (isNumber(left)) return isNumber(right) && compare(left, right) === 0;
  if (typeof left !== 'object') return false;
  if (Array.isArray(left)) return Array.isArray(right) && equalLists(left, right, tally);
  if (isOpaque(left)) return isOpaque(right) ? left.equals(right) : new CelError('no such overload');
  return equalObjects(left, right, tally);
}

/** An element whose comparison errs counts as equal, as in cel-go. */
function equalLists(left: readonly Value[], right: readonly Value[], tally?: Tally): boolean {
  if (tally !== undefined) tally.count += left.length;
  return left.length === right.length && left.every((one, index) => equal(fromJson(one), fromJson(right[index] ?? null), tally) !== false);
}

function equalObjects(left: object & Value, right: Value, tally?: Tally): boolean | CelError {
  if (left instanceof Optional) return right instanceof Optional && equalOptionals(left, right);
  if (left instanceof TypeValue) return right instanceof TypeValue && left.name === right.name;
  if (left instanceof Timestamp || left instanceof Duration || left instanceof Uint8Array) return compare(left, right) === 0;
  return valueType(left) === 'map' && valueType(right) === 'map' && equalMaps(left, right, tally);
}

function equalOptionals(left: Optional, right: Optional): boolean | CelError {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return equal(left.value, right.value);
}

function equalMaps(left: Value, right: Value, tally?: Tally): boolean {
  if (!(left instanceof MapValue) && !(right instanceof MapValue)) return equalObjectsOfJson(left as JsonLike, right as JsonLike, tally);
  const entries = mapEntries(left);
  if (tally !== undefined) tally.count += entries.length + 1;
  if (entries.length !== sizeOf(right)) return false;
  return entries.every(([key, value]) => {
    const other = mapGet(right, key);
    return other !== undefined && equal(value, other, tally) !== false;
  });
}

type JsonLike = Readonly<Record<string, Value | undefined>>;

function equalObjectsOfJson(left: JsonLike, right: JsonLike, tally?: Tally): boolean {
  const keys = Object.keys(left);
  if (tally !== undefined) tally.count += keys.length + 1;
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) {
    const [one, other] = [left[key], Object.hasOwn(right, key) ? right[key] : undefined];
    if (one === undefined || other === undefined || equal(fromJson(one), fromJson(other), tally) === false) return false;
  }
  return true;
}

/** Keys and values of a map of either form. */
export function mapEntries(map: Value): readonly (readonly [key: Value, value: Value])[] {
  if (map instanceof MapValue) return [...map.entries.values()];
  const object = map as Readonly<Record<string, Value | undefined>>;
  const entries: (readonly [Value, Value])[] = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined) entries.push([key, fromJson(value)]);
  }
  return entries;
}

/** Value of a key in a map of either form; undefined where it is not there. */
export function mapGet(map: Value, key: Value): Value | undefined {
  const plain = mapKey(key);
  if (plain === undefined) return undefined;
  if (map instanceof MapValue) return map.entries.get(plain)?.[1];
  if (typeof plain !== 'string' || !Object.hasOwn(map as object, plain)) return undefined;
  const value = (map as Record<string, Value | undefined>)[plain];
  return value === undefined ? undefined : fromJson(value);
}

/** Normal form of a key: an int, a uint and a whole double of one number are one key. Undefined for what can be none. */
export function mapKey(key: Value): MapKey | undefined {
  if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'number' || typeof key === 'bigint') return key;
  if (key instanceof Double) return Number.isSafeInteger(key.value) ? key.value + 0 : wide(key.value);
  if (key === null || typeof key !== 'object' || valueType(key) !== 'uint') return undefined;
  const whole = (key as { value: bigint }).value;
  return whole <= MAX_SAFE ? Number(whole) : whole;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const wide = (value: number): MapKey => (Number.isInteger(value) ? BigInt(value) : value);

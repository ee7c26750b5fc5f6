import { CelError, Double, Duration, Timestamp, Uint } from './value.ts';
import type { Value } from './value.ts';

/** Order of two values as `<` has it: -1, 0 or 1. Numbers compare across their types; anything else only with its own type. */
export function compare(left: Value, right: Value): number | CelError {
  if (typeof left === 'number' && typeof right === 'number') return sign(left - right);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (isNumber(left)) return isNumber(right) ? compareNumbers(left, right) : noOverload();
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Timestamp && right instanceof Timestamp) return sign(left.seconds - right.seconds) || sign(left.nanos - right.nanos);
  if (left instanceof Duration && right instanceof Duration) return signOf(left.nanos, right.nanos);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return sign(Buffer.compare(left, right));
  return noOverload();
}

/** Whether a value is of a type that has an order. */
export const isComparable = (value: Value): boolean =>
  isNumber(value) ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  value instanceof Timestamp ||
  value instanceof Duration ||
  value instanceof Uint8Array;

export const isNumber = (value: Value): value is number | bigint | Double | Uint =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Uint;

/** By code points, as UTF-8 bytes order: JavaScript's own order is wrong beyond U+FFFF. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) return rank(one) < rank(other) ? -1 : 1;
  }
  return left.length < right.length ? -1 : 1;
}

/** Surrogates stand for what is beyond all other units. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** As cel-go: against a double, an integer is made a double after its range is tested. */
function compareNumbers(left: number | bigint | Double | Uint, right: number | bigint | Double | Uint): number | CelError {
  if (isNaN(left) || isNaN(right)) return new CelError('NaN values cannot be ordered');
  if (left instanceof Double) return right instanceof Double ? signOf(left.value, right.value) : againstDouble(left.value, right);
  if (right instanceof Double) return -againstDouble(right.value, left);
  return signOf(integer(left), integer(right));
}

function againstDouble(left: number, right: number | bigint | Uint): number {
  const [lowest, highest] = right instanceof Uint ? [0, 2 ** 64] : [-(2 ** 63), 2 ** 63];
  if (left < lowest) return -1;
  return left > highest ? 1 : signOf(left, Number(integer(right)));
}

const isNaN = (value: Value): boolean => value instanceof Double && Number.isNaN(value.value);
const integer = (value: number | bigint | Uint): number | bigint => (value instanceof Uint ? value.value : value);
const sign = (difference: number): number => Math.sign(difference);
const signOf = (left: number | bigint, right: number | bigint): number => (left < right ? -1 : left > right ? 1 : 0);
const noOverload = (): CelError => new CelError('no such overload');

import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { bytes, double, duration, int, list, parameter, string, timestamp, uint } from '../type.ts';
import type { Type } from '../type.ts';
import { CelError, Double, Duration, Timestamp, toInt, Uint } from '../value.ts';
import type { Value } from '../value.ts';
import { isList } from '../value-type.ts';
import { global } from './declare.ts';
import { refuse } from './refuse.ts';
import { addDuration, durationOf, timeBetween } from './instant.ts';

const A = parameter('A');
const text = { knownCost: ([left = null, right = null]: readonly Value[]): number => traversal(sizeOf(left) + sizeOf(right)) };

/** `+ - * / %` and negation. Numbers of different types do not mix, and an overflow is an error. */
export const arithmetic: readonly Overload[] = [
  operator('_+_', [bytes, bytes], bytes, add, text),
  operator('_+_', [double, double], double, add),
  operator('_+_', [duration, duration], duration, add),
  operator('_+_', [duration, timestamp], timestamp, add),
  operator('_+_', [timestamp, duration], timestamp, add),
  operator('_+_', [int, int], int, add),
  operator('_+_', [list(A), list(A)], list(A), add),
  operator('_+_', [string, string], string, add, text),
  operator('_+_', [uint, uint], uint, add),
  operator('_-_', [double, double], double, subtract),
  operator('_-_', [duration, duration], duration, subtract),
  operator('_-_', [int, int], int, subtract),
  operator('_-_', [timestamp, duration], timestamp, subtract),
  operator('_-_', [timestamp, timestamp], duration, subtract),
  operator('_-_', [uint, uint], uint, subtract),
  ...[double, int, uint].map((type) => operator('_*_', [type, type], type, multiply)),
  ...[double, int, uint].map((type) => operator('_/_', [type, type], type, divide)),
  ...[int, uint].map((type) => operator('_%_', [type, type], type, remainder)),
  ...[double, int].map((type) => operator('-_', [type], type, negate)),
];

function operator(
  name: string,
  args: readonly Type[],
  result: Type,
  evaluate: (...args: never[]) => Value,
  rest: Partial<Overload> = {},
): Overload {
  return global(name, args, result, evaluate, { unguarded: true, ...rest });
}

function add(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number')
    return Number.isSafeInteger(left + right) ? left + right : integer(BigInt(left) + BigInt(right));
  if (typeof left === 'string' && typeof right === 'string') return left + right;
  if (isInt(left) && isInt(right)) return integer(BigInt(left) + BigInt(right));
  if (left instanceof Double && right instanceof Double) return new Double(left.value + right.value);
  if (left instanceof Uint && right instanceof Uint) return unsigned(left.value + right.value);
  return addOther(left, right);
}

function addOther(left: Value, right: Value): Value {
  if (isList(left) && isList(right)) return left.length === 0 ? right : [...left, ...right];
  if (left instanceof Uint8Array && right instanceof Uint8Array) return new Uint8Array(Buffer.concat([left, right]));
  if (left instanceof Duration && right instanceof Duration) return durationOf(left.nanos + right.nanos);
  if (left instanceof Timestamp && right instanceof Duration) return addDuration(left, right.nanos);
  if (left instanceof Duration && right instanceof Timestamp) return addDuration(right, left.nanos);
  return refuse('_+_', left);
}

function subtract(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number')
    return Number.isSafeInteger(left - right) ? left - right : integer(BigInt(left) - BigInt(right));
  if (isInt(left) && isInt(right)) return integer(BigInt(left) - BigInt(right));
  if (left instanceof Double && right instanceof Double) return new Double(left.value - right.value);
  if (left instanceof Uint && right instanceof Uint) return unsigned(left.value - right.value);
  if (left instanceof Duration && right instanceof Duration) return durationOf(left.nanos - right.nanos);
  if (left instanceof Timestamp && right instanceof Duration) return durationOf(-right.nanos, (nanos) => addDuration(left, nanos));
  if (left instanceof Timestamp && right instanceof Timestamp) return timeBetween(left, right);
  return refuse('_-_', left);
}

function multiply(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number' && Number.isSafeInteger(left * right)) return left * right + 0;
  if (isInt(left) && isInt(right)) return integer(BigInt(left) * BigInt(right));
  if (left instanceof Double && right instanceof Double) return new Double(left.value * right.value);
  if (left instanceof Uint && right instanceof Uint) return unsigned(left.value * right.value);
  return refuse('_*_', left);
}

function divide(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number' && right !== 0) return Math.trunc(left / right) + 0;
  if (isInt(left) && isInt(right)) return right === 0 ? new CelError('division by zero') : integer(BigInt(left) / BigInt(right));
  if (left instanceof Double && right instanceof Double) return new Double(left.value / right.value);
  if (left instanceof Uint && right instanceof Uint)
    return right.value === 0n ? new CelError('division by zero') : new Uint(left.value / right.value);
  return refuse('_/_', left);
}

function remainder(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number' && right !== 0) return (left % right) + 0;
  if (left instanceof Uint && right instanceof Uint)
    return right.value === 0n ? new CelError('modulus by zero') : new Uint(left.value % right.value);
  if (!isInt(left) || !isInt(right)) return refuse('_%_', left);
  if (right === 0) return new CelError('modulus by zero');
  return left === LOWEST && right === -1 ? overflow() : integer(BigInt(left) % BigInt(right));
}

function negate(value: Value): Value {
  if (typeof value === 'number') return 0 - value;
  if (typeof value === 'bigint') return integer(-value);
  return value instanceof Double ? new Double(-value.value) : refuse('-_', value);
}

const LOWEST = -(2n ** 63n);
const isInt = (value: Value): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
const integer = (value: bigint): Value => toInt(value) ?? overflow();
const overflow = (): CelError => new CelError('integer overflow');
const unsigned = (value: bigint): Value => (value >= 0n && value < 2n ** 64n ? new Uint(value) : new CelError('unsigned integer overflow'));

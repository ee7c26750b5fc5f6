import { equal, mapEntries } from '../equality.ts';
import type { Overload } from '../function.ts';
import { compare, isComparable } from '../order.ts';
import { bool, bytes, double, duration, dyn, int, list, parameter, string, timestamp, uint } from '../type.ts';
import type { Type } from '../type.ts';
import { CelError, Double, Duration, fromJson, isError, toInt, Uint } from '../value.ts';
import type { Value } from '../value.ts';
import { isList, isMap } from '../value-type.ts';
import { costs, method } from './declare.ts';

type List = readonly Value[];

/** Types that have an order, as cel-go lists them. */
export const comparable: readonly Type[] = [int, uint, double, bool, duration, timestamp, string, bytes];

const A = parameter('A');
const walk = costs(([subject]) => traversalCost(subject ?? null));

/** Kubernetes' own functions of lists. */
export const kubernetesLists: readonly Overload[] = [
  ...comparable.map((type) => method('isSorted', [list(type)], bool, isSorted, walk)),
  ...summable().map(([type, zero]) => method('sum', [list(type)], type, (items: List) => sum(items, zero), walk)),
  ...comparable.map((type) => method('max', [list(type)], type, (items: List) => furthest(items, -1, 'max'), walk)),
  ...comparable.map((type) => method('min', [list(type)], type, (items: List) => furthest(items, 1, 'min'), walk)),
  method('indexOf', [list(A), A], int, indexOf, walk),
  method('lastIndexOf', [list(A), A], int, lastIndexOf, walk),
  method('includes', [dyn, dyn], bool, includes, walk),
];

/**
 * Cost of going once through a value as a tree: 1 for a scalar, a tenth for each byte of text, rounded down.
 * A long list is gone through once, however often it is asked of in a loop.
 */
export function traversalCost(value: Value): number {
  if (!isList(value) || value.length < 100) return treeCost(value);
  const known = walked.get(value) ?? treeCost(value);
  walked.set(value, known);
  return known;
}

const walked = new WeakMap<List, number>();

function treeCost(value: Value): number {
  if (typeof value === 'string') return Math.floor(byteLength(value) * 0.1);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return Math.floor(value.length * 0.1);
  let cost = 0;
  if (isList(value)) for (const item of value) cost += treeCost(item);
  else if (isMap(value)) for (const [key, item] of mapEntries(value)) cost += treeCost(key) + treeCost(item);
  else cost = 1;
  return cost;
}

/** Of a short text, less than ten bytes are not worth counting. */
const byteLength = (text: string): number => (text.length * 3 < 10 ? text.length : Buffer.byteLength(text));

function summable(): readonly (readonly [Type, Value])[] {
  return [
    [int, 0],
    [uint, new Uint(0n)],
    [double, new Double(0)],
    [duration, new Duration(0n)],
  ];
}

/** Only an order that is known to be wrong is wrong: what cannot be compared is taken as sorted. */
function isSorted(items: List): Value {
  for (const [index, item] of items.entries()) {
    if (!isComparable(fromJson(item))) return noOverload();
    if (index > 0 && compare(fromJson(items[index - 1] ?? null), fromJson(item)) === 1) return false;
  }
  return true;
}

function sum(items: List, zero: Value): Value {
  let total = zero;
  for (const item of items) {
    total = add(total, fromJson(item));
    if (isError(total)) return total;
  }
  return total;
}

function add(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number' && Number.isSafeInteger(left + right)) return left + right;
  if (isInt(left) && isInt(right)) return toInt(BigInt(left) + BigInt(right)) ?? new CelError('integer overflow');
  if (left instanceof Double && right instanceof Double) return new Double(left.value + right.value);
  if (left instanceof Uint && right instanceof Uint) {
    const total = left.value + right.value;
    return BigInt.asUintN(64, total) === total ? new Uint(total) : new CelError('unsigned integer overflow');
  }
  if (!(left instanceof Duration) || !(right instanceof Duration)) return noOverload();
  const nanos = left.nanos + right.nanos;
  return BigInt.asIntN(64, nanos) === nanos ? new Duration(nanos) : new CelError('integer overflow');
}

function furthest(items: List, prefer: number, name: string): Value {
  let result: Value | undefined;
  for (const item of items.map(fromJson)) {
    if (!isComparable(item)) return noOverload();
    if (result === undefined || compare(result, item) === prefer) result = item;
  }
  return result ?? new CelError(`${name} called on empty list`);
}

function indexOf(items: List, wanted: Value): Value {
  return items.findIndex((item) => equal(fromJson(item), wanted) === true);
}

function lastIndexOf(items: List, wanted: Value): Value {
  return items.findLastIndex((item) => equal(fromJson(item), wanted) === true);
}

function includes(subject: Value, wanted: Value): Value {
  return isList(subject) ? subject.some((item) => equal(fromJson(item), wanted) === true) : equal(subject, wanted) === true;
}

const isInt = (value: Value): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
const noOverload = (): CelError => new CelError('no such overload');

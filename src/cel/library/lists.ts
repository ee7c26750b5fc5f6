import { equal, mapKey } from '../equality.ts';
import type { Overload } from '../function.ts';
import { spent } from '../meter.ts';
import { sizeOf } from '../size.ts';
import { sortByKeys } from '../sort-by.ts';
import { dyn, int, list, parameter } from '../type.ts';
import { CelError, fromJson } from '../value.ts';
import type { MapKey, Value } from '../value.ts';
import { isList, valueType } from '../value-type.ts';
import { costs, global, method } from './declare.ts';
import { comparable } from './kubernetes-lists.ts';
import { refuse } from './refuse.ts';

type List = readonly Value[];
type Int = number | bigint;

const T = parameter('T');
/** A call and a new list. */
const BASE = 11;
const made = costs((_, result) => BASE + sizeOf(result));
const allPairs = (args: readonly Value[]): number => BASE + pairCost(args[0] as List);

/** cel-go's list extension, version 3. `sortBy` is a macro: its run time is `sortByKeys`. */
export const lists: readonly Overload[] = [
  method('slice', [list(T), int, int], list(T), slice, made),
  method('flatten', [list(list(T))], list(T), (items: Value) => flatten(items), {
    unguarded: true,
    ...costs(([items]) => BASE + sizeOf(items ?? null)),
  }),
  method('flatten', [list(dyn), int], list(dyn), flatten, {
    unguarded: true,
    ...costs(([items, depth]) => flattenCost(sizeOf(items ?? null) * Number(depth))),
  }),
  ...comparable.map((type) => method('sort', [list(type)], list(type), sort, { unguarded: true, knownCost: allPairs })),
  global('lists.range', [int], list(int), range, costs(rangeCost)),
  method('reverse', [list(T)], list(T), (items: List) => items.toReversed(), made),
  method('distinct', [list(T)], list(T), distinct, costs(allPairs)),
];

/** All lists are sorted by one function, whatever their elements are. */
function sort(items: Value): Value {
  return isList(items) ? sortByKeys(items, items) : refuse('sort', items);
}

function pairCost(items: List): number {
  const first = items[0];
  const factor = typeof first === 'string' || first instanceof Uint8Array ? 2.1 : 2;
  return Math.floor(items.length * items.length * factor);
}

/** A negative depth wraps round, as Go's unsigned numbers do. */
const flattenCost = (units: number): number => (units + BASE < 0 ? 2 ** 64 : units + BASE);

function slice(items: List, start: Int, end: Int): Value {
  if (start < 0 || end < 0) return new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end) return new CelError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (items.length < end) return new CelError(`cannot slice(${start}, ${end}), list is length ${items.length}`);
  return items.slice(Number(start), Number(end));
}

function flatten(items: Value, depth?: Value): Value {
  if (!isList(items)) return new CelError(`no such overload: ${valueType(items)}.flatten(${depth === undefined ? '' : valueType(depth)})`);
  if (depth === undefined) return items.flat(1);
  if (typeof depth !== 'number' && typeof depth !== 'bigint')
    return new CelError(`no such overload: ${valueType(items)}.flatten(${valueType(depth)})`);
  return depth < 0 ? new CelError('level must be non-negative') : flattened(items, Number(depth));
}

function flattened(items: List, depth: number, into: Value[] = []): Value[] {
  for (const item of items) {
    if (depth > 0 && isList(item)) flattened(item, depth - 1, into);
    else into.push(item);
    if (into.length > MOST_FLAT) throw spent;
  }
  return into;
}

/** A list may hold another many times over, which costs nothing before it is flattened. */
const MOST_FLAT = 100_000;

/** A longer list costs more than any expression may spend: it is not built. */
const LONGEST = 1_000_000;

/** As the list that was asked for, also where it is not built. */
function rangeCost([count]: readonly Value[], result: Value): number {
  return BASE + (typeof count === 'number' && count > LONGEST ? count : sizeOf(result));
}

function range(count: Int): Value {
  if (count > LONGEST) return new CelError(`lists.range(${count}) is longer than ${LONGEST} elements`);
  const numbers = Array<number>(Math.max(Number(count), 0)).fill(0);
  for (let index = 0; index < numbers.length; index++) numbers[index] = index;
  return numbers;
}

/** The first of equal elements stays. Text, bools and small whole numbers need no comparison of each with each. */
function distinct(items: List): Value {
  const seen = new Set<MapKey>();
  const others: Value[] = [];
  return items.map(fromJson).filter((value) => {
    const key = smallKey(value);
    if (key === undefined ? others.some((other) => equal(value, other) === true) : seen.has(key)) return false;
    if (key === undefined) others.push(value);
    else seen.add(key);
    return true;
  });
}

/** Equal values have equal keys; one with a key never equals one without. */
function smallKey(value: Value): MapKey | undefined {
  const key = mapKey(value);
  return typeof key === 'bigint' ? undefined : key;
}

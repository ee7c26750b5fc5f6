import { compare, isComparable } from './order.ts';
import type { Run } from './step.ts';
import type { Type } from './type.ts';
import { CelError, fromJson, isError } from './value.ts';
import type { Value } from './value.ts';
import { isList, valueType } from './value-type.ts';

/**
 * `list.sortBy(x, key)`, where the keys come from a loop over the same list. The list is named twice, at 1 each;
 * the sort itself costs by the square of the list's length where the type of the keys is known.
 */
export function planSortBy(list: Run, slot: number, keys: Run, keyType: Type): Run {
  const known = comparableKinds.has(keyType.kind);
  return (frame) => {
    const items = list(frame);
    frame.slots[slot] = items;
    frame.meter.charge(1);
    const by = keys(frame);
    if (isError(items) || isError(by) || !isList(by)) {
      frame.meter.charge(1);
      return isError(items) ? items : by;
    }
    frame.meter.charge(known ? sortCost(by) : 1);
    return isList(items) ? sortByKeys(items, by) : new CelError('no such overload: @sortByAssociatedKeys');
  };
}

/** The items in the order of their keys, which must all be of one type that has an order. */
export function sortByKeys(items: readonly Value[], keys: readonly Value[]): Value {
  const [first] = keys;
  if (first === undefined) return items;
  const kind = valueType(fromJson(first));
  if (!isComparable(fromJson(first))) return new CelError('list elements must be comparable');
  const pairs = keys.map((key, at) => [fromJson(key), items[at] ?? null] as const);
  if (pairs.some(([key]) => valueType(key) !== kind)) return new CelError('list elements must have the same type');
  return pairs.toSorted(([one], [other]) => order(one, other)).map(([, item]) => item);
}

/** NaN has no order: it stays where it is. */
function order(one: Value, other: Value): number {
  const sign = compare(one, other);
  return isError(sign) ? 0 : sign;
}

const sortCost = (keys: readonly Value[]): number => {
  const first = keys[0];
  const factor = typeof first === 'string' || first instanceof Uint8Array ? 2.1 : 2;
  return Math.floor(keys.length * keys.length * factor) + 11;
};

const comparableKinds: ReadonlySet<Type['kind']> = new Set(['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']);

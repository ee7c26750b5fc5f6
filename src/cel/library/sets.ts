import { equal } from '../equality.ts';
import type { Overload } from '../function.ts';
import { sizeOf } from '../size.ts';
import { bool, list, parameter } from '../type.ts';
import { fromJson } from '../value.ts';
import type { Value } from '../value.ts';
import { costs, global } from './declare.ts';

type List = readonly Value[];

const T = parameter('T');
const pairs = (factor: number) => costs(([left = null, right = null]) => 1 + sizeOf(left) * sizeOf(right) * factor);

/** cel-go's extension of lists as sets. */
export const sets: readonly Overload[] = [
  global('sets.contains', [list(T), list(T)], bool, contains, pairs(1)),
  global(
    'sets.equivalent',
    [list(T), list(T)],
    bool,
    (left: List, right: List) => contains(left, right) && contains(right, left),
    pairs(2),
  ),
  global('sets.intersects', [list(T), list(T)], bool, (left: List, right: List) => left.some((item) => has(right, item)), pairs(1)),
];

function contains(all: List, some: List): boolean {
  return some.every((item) => has(all, item));
}

/** An element that cannot be compared is not there. */
function has(items: List, wanted: Value): boolean {
  const value = fromJson(wanted);
  return items.some((item) => equal(value, fromJson(item)) === true);
}

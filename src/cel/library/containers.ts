import { equal, mapGet } from '../equality.ts';
import type { Overload } from '../function.ts';
import { sizeOf } from '../size.ts';
import { noSuchOverload } from '../step.ts';
import { bool, bytes, int, list, map, parameter, string } from '../type.ts';
import { CelError, fromJson } from '../value.ts';
import type { Value } from '../value.ts';
import { isList, isMap } from '../value-type.ts';
import { global, method } from './declare.ts';
import { refuse } from './refuse.ts';

const [A, B] = [parameter('A'), parameter('B')];
const sized = [bytes, list(A), map(A, B), string];

/** `in` and `size`. */
export const containers: readonly Overload[] = [
  global('@in', [A, list(A)], bool, contains, { unguarded: true, knownCost: ([, container = null]) => sizeOf(container) }),
  global('@in', [A, map(A, B)], bool, contains, { unguarded: true }),
  ...sized.flatMap((type) => [
    global('size', [type], int, size, { unguarded: true }),
    method('size', [type], int, size, { unguarded: true }),
  ]),
];

function contains(element: Value, container: Value): Value {
  if (isList(container)) return container.some((item) => equal(element, fromJson(item)) === true);
  return isMap(container) ? mapGet(container, element) !== undefined : noSuchOverload();
}

function size(value: Value): Value {
  if (typeof value === 'string' || isList(value) || value instanceof Uint8Array || isMap(value)) return sizeOf(value);
  return value instanceof CelError ? value : refuse('size', value);
}

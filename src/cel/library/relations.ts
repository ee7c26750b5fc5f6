import type { Overload } from '../function.ts';
import { compare } from '../order.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, bytes, double, duration, int, string, timestamp, uint } from '../type.ts';
import type { Type } from '../type.ts';
import { CelError, Double, isError } from '../value.ts';
import type { Value } from '../value.ts';
import { global } from './declare.ts';
import { refuse } from './refuse.ts';

const shorter = { knownCost: ([left = null, right = null]: readonly Value[]): number => traversal(Math.min(sizeOf(left), sizeOf(right))) };

const pairs: readonly (readonly [Type, Type])[] = [
  [bool, bool],
  [int, int],
  [int, double],
  [int, uint],
  [uint, uint],
  [uint, double],
  [uint, int],
  [double, double],
  [double, int],
  [double, uint],
  [string, string],
  [bytes, bytes],
  [timestamp, timestamp],
  [duration, duration],
];

/** `< <= > >=`. Numbers compare across their types. */
export const relations: readonly Overload[] = [
  ...relation('_<_', (sign) => sign < 0),
  ...relation('_<=_', (sign) => sign <= 0),
  ...relation('_>_', (sign) => sign > 0),
  ...relation('_>=_', (sign) => sign >= 0),
];

function relation(name: string, holds: (sign: number) => boolean): readonly Overload[] {
  const evaluate = (left: Value, right: Value): Value => {
    const sign = compare(left, right);
    if (!isError(sign)) return holds(sign);
    if (left instanceof Double && Number.isNaN(left.value)) return new CelError('NaN values cannot be ordered');
    return sign.message === 'no such overload' ? refuse(name, left) : sign;
  };
  return pairs.map(([left, right]) =>
    global(name, [left, right], bool, evaluate, { unguarded: true, ...(left === string || left === bytes ? shorter : {}) }),
  );
}

import type { Overload } from '../function.ts';
import { bool, list, optional, parameter } from '../type.ts';
import { CelError, Double, Duration, fromJson, Optional, Timestamp, Uint } from '../value.ts';
import type { Value } from '../value.ts';
import { isList, isMap, isOpaque } from '../value-type.ts';
import { sizeOf } from '../size.ts';
import { valueText } from '../value-text.ts';
import { global, method } from './declare.ts';

const V = parameter('V');
const none = new Optional(undefined);

/** Optional values. `or` and `orValue` are evaluated by the evaluator itself, which leaves the second argument alone where it is not needed. */
export const optionals: readonly Overload[] = [
  global('optional.of', [V], optional(V), (value: Value) => new Optional(value)),
  global('optional.ofNonZeroValue', [V], optional(V), (value: Value) => (isZero(value) ? none : new Optional(value))),
  global('optional.none', [], optional(V), () => none),
  method('value', [optional(V)], V, ({ value }: Optional) => value ?? nothing(value)),
  method('hasValue', [optional(V)], bool, ({ value }: Optional) => value !== undefined),
  method('or', [optional(V), optional(V)], optional(V), (first: Optional, second: Value) => (first.value === undefined ? second : first)),
  method('orValue', [optional(V), V], V, ({ value }: Optional, other: Value) => (value === undefined ? other : value)),
  method('last', [list(V)], optional(V), (items: readonly Value[]) => element(items.at(-1))),
  method('first', [list(V)], optional(V), (items: readonly Value[]) => element(items[0])),
  global('optional.unwrap', [list(optional(V))], list(V), unwrap),
  method('unwrapOpt', [list(optional(V))], list(V), unwrap),
];

/** A null in an optional is a value. */
const nothing = (value: null | undefined): Value => (value === null ? null : new CelError('optional.none() dereference'));

const element = (item: Value | undefined): Optional => new Optional(item === undefined ? undefined : fromJson(item));

function unwrap(items: readonly Value[]): Value {
  const unwrapped: Value[] = [];
  for (const item of items) {
    if (!(item instanceof Optional)) return new CelError(`value ${valueText(fromJson(item))} is not optional`);
    if (item.value !== undefined) unwrapped.push(item.value);
  }
  return unwrapped;
}

/** What cel-go takes for nothing: null, false, zeros of any kind and whatever is empty. */
function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0) return true;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.seconds === -62_135_596_800 && value.nanos === 0;
  return (
    !isOpaque(value) && (typeof value === 'string' || isList(value) || value instanceof Uint8Array || isMap(value)) && sizeOf(value) === 0
  );
}

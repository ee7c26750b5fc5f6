import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, double, int, opaque, string } from '../type.ts';
import { CelError, Double, isError, toInt } from '../value.ts';
import type { Value } from '../value.ts';
import { costs, global, method } from './declare.ts';
import { addQuantities, compareQuantities, parseQuantity, Quantity, quantityFloat, quantityInteger, signOf } from './quantity-value.ts';

type Int = number | bigint;

const type = opaque('kubernetes.Quantity');
const size = costs(([text]) => traversal(sizeOf(text ?? null)));

/** `resource.Quantity`, exactly. */
export const quantities: readonly Overload[] = [
  global('quantity', [string], type, parseQuantity, size),
  global('isQuantity', [string], bool, (text: string) => !isError(parseQuantity(text)), size),
  global('sign', [type], int, ({ unscaled }: Quantity) => signOf(unscaled)),
  method('isGreaterThan', [type, type], bool, (left: Quantity, right: Quantity) => compareQuantities(left, right) > 0),
  method('isLessThan', [type, type], bool, (left: Quantity, right: Quantity) => compareQuantities(left, right) < 0),
  method('compareTo', [type, type], int, compareQuantities),
  method('asApproximateFloat', [type], double, (subject: Quantity) => new Double(quantityFloat(subject))),
  method('asInteger', [type], int, asInteger),
  method('isInteger', [type], bool, (subject: Quantity) => quantityInteger(subject) !== undefined),
  method('add', [type, type], type, (left: Quantity, right: Quantity) => addQuantities(left, right, 1n)),
  method('add', [type, int], type, (left: Quantity, right: Int) => addQuantities(left, whole(right), 1n)),
  method('sub', [type, type], type, (left: Quantity, right: Quantity) => addQuantities(left, right, -1n)),
  method('sub', [type, int], type, (left: Quantity, right: Int) => addQuantities(left, whole(right), -1n)),
];

const whole = (value: Int): Quantity => new Quantity(BigInt(value), 0, 'DecimalExponent', true);

function asInteger(subject: Quantity): Value {
  const value = quantityInteger(subject);
  return value === undefined ? new CelError('cannot convert value to integer') : (toInt(value) ?? null);
}

import { global } from '../../../cel/library/declare.ts';
import type { Overload } from '../../../cel/function.ts';
import { bool, double, dyn, int, list } from '../../../cel/type.ts';
import type { Type } from '../../../cel/type.ts';
import type { Value } from '../../../cel/value.ts';
import { CelError, Double, Uint, fromJson } from '../../../cel/value.ts';

/** Functions of cel-go's math extension, and Kyverno's own way to round. */
export const mathLibrary: readonly Overload[] = [
  ...extreme('math.greatest', (a, b) => b > a),
  ...extreme('math.least', (a, b) => b < a),
  ...(['ceil', 'floor', 'trunc', 'sqrt'] as const).map((name) => ofDouble(name, (value) => Math[name](value))),
  ofDouble('round', awayFromZero),
  global('math.round', [double, int], double, ({ value }: Double, digits: number | bigint) => rounded(value, Number(digits))),
  global('math.abs', [double], double, ({ value }: Double) => new Double(Math.abs(value))),
  global('math.abs', [int], int, (value: number | bigint) => (value < 0 ? -value : value)),
  global('math.sign', [double], double, ({ value }: Double) => new Double(Math.sign(value))),
  global('math.sign', [int], int, (value: number | bigint) => (value > 0 ? 1 : value < 0 ? -1 : 0)),
  global('math.isNaN', [double], bool, ({ value }: Double) => Number.isNaN(value)),
  global('math.isInf', [double], bool, ({ value }: Double) => Math.abs(value) === Infinity),
  global('math.isFinite', [double], bool, ({ value }: Double) => Number.isFinite(value)),
];

function ofDouble(name: string, of: (value: number) => number): Overload {
  return global(`math.${name}`, [double], double, ({ value }: Double) => new Double(of(value)));
}

/** Half goes away from zero, as in Go. */
function awayFromZero(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

function rounded(value: number, digits: number): Double {
  const shift = 10 ** digits;
  return new Double(awayFromZero(value * shift) / shift);
}

/** Of up to four numbers, or of a list of them. */
function extreme(name: string, wins: (a: number | bigint, b: number | bigint) => boolean): Overload[] {
  const of = (...values: Value[]): Value =>
    pick(values.length === 1 && Array.isArray(values[0]) ? (values[0] as readonly Value[]) : values, name, wins);
  const arities: Type[][] = [[list(dyn)], [dyn], [dyn, dyn], [dyn, dyn, dyn], [dyn, dyn, dyn, dyn]];
  return arities.map((args) => global(name, args, dyn, of));
}

function pick(values: readonly Value[], name: string, wins: (a: number | bigint, b: number | bigint) => boolean): Value {
  let best: Value | undefined;
  let most: number | bigint = 0;
  for (const raw of values) {
    const value = fromJson(raw);
    const number = numberOf(value);
    if (number === null) return new CelError('no such overload');
    if (best === undefined || wins(most, number)) [best, most] = [value, number];
  }
  return best ?? new CelError(`${name}(list) argument must not be empty`);
}

function numberOf(value: Value): number | bigint | null {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof Double || value instanceof Uint ? value.value : null;
}

import { CelError } from '../value.ts';
import type { Opaque } from '../value.ts';

/** How a quantity was written, and is written again. */
type Form = 'DecimalExponent' | 'BinarySI' | 'DecimalSI';

/** An exact `resource.Quantity`: unscaled · 10^exponent. */
export class Quantity implements Opaque {
  readonly opaque = 'kubernetes.Quantity';
  readonly unscaled: bigint;
  readonly exponent: number;
  readonly form: Form;
  /** Whether upstream holds it as an int64 and a scale: only such a one may be an integer. */
  readonly isSmall: boolean;
  /** Whether it came from add or sub: as the other side of `==` it is then unknown to cel-go. */
  readonly isResult: boolean;
  /** The text that upstream takes for canonical without looking closely, and writes back as it is. */
  readonly written: string | null;

  constructor(unscaled: bigint, exponent: number, form: Form, isSmall: boolean, isResult = false, written: string | null = null) {
    this.unscaled = unscaled;
    this.exponent = exponent;
    this.form = form;
    this.isSmall = isSmall;
    this.isResult = isResult;
    this.written = written;
  }

  equals(other: Opaque): boolean | CelError {
    if (!(other instanceof Quantity) || other.isResult) return new CelError('no such overload');
    return compareQuantities(this, other) === 0;
  }
}

const WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const BAD_NUMBER = 'unable to parse numeric part of quantity';
const BAD_SUFFIX = "unable to parse quantity's suffix";

const MAX = (1n << 63n) - 1n;
const fits = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

/** base, exponent and form of each suffix. */
const suffixes: ReadonlyMap<string, readonly [base: 2 | 10, exponent: number]> = new Map<string, readonly [2 | 10, number]>([
  ...['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((suffix, index) => [suffix, [10, index * 3 - 9]] as const),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, [2, (index + 1) * 10]] as const),
]);

/** The shape that upstream's scanner takes; `1.` and `Gi` are numbers to it. */
const shape = /^[+-]?(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

/** More digits than any number has: beyond them a text is no quantity but an attack. */
const LONGEST = 4_096;

/** What `resource.ParseQuantity` makes of a text. */
export function parseQuantity(text: string): Quantity | CelError {
  if (text === '') return new CelError(WRONG);
  const match = shape.exec(text);
  if (match === null) return new CelError(WRONG);
  const scale = readSuffix(match[3] ?? '');
  if (scale === undefined) return new CelError(BAD_SUFFIX);
  if (text.length > LONGEST) return new CelError(BAD_NUMBER);
  const whole = (match[1] ?? '').replace(/^0+/, '') || '0';
  const fraction = match[2] ?? '';
  return small(text, whole, fraction, scale) ?? large(text, whole + fraction, fraction.length, scale);
}

interface Scale {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly form: Form;
}

function readSuffix(suffix: string): Scale | undefined {
  const known = suffixes.get(suffix);
  if (known !== undefined) return { base: known[0], exponent: known[1], form: known[0] === 2 ? 'BinarySI' : 'DecimalSI' };
  if (!/^[eE][+-]?\d+$/.test(suffix) || !fits(BigInt(suffix.slice(1).replace('+', '')))) return undefined;
  return { base: 10, exponent: Number(BigInt.asIntN(32, BigInt(suffix.slice(1).replace('+', '')))), form: 'DecimalExponent' };
}

/** Upstream's fast path: an int64 and a scale no finer than nano. */
function small(text: string, whole: string, fraction: string, { base, exponent, form }: Scale): Quantity | undefined {
  const isBinary = base === 2;
  if (isBinary && fraction !== '') return undefined;
  const room = isBinary ? 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1 : 18 - whole.length - fraction.length;
  const scale = (isBinary ? 0 : exponent) - fraction.length;
  if (room < 0 || scale < -9) return undefined;
  const digits = whole + fraction;
  const value = BigInt(digits) * (isBinary ? 1n << BigInt(exponent) : 1n);
  const isKept = isBinary ? BigInt(digits) % 8n !== 0n : scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
  return fits(value) ? new Quantity(text.startsWith('-') ? -value : value, scale, form, true, false, isKept ? text : null) : undefined;
}

/** Whatever else: exact, but never finer than nano, away from zero; a binary one never beyond int64. */
function large(text: string, digits: string, places: number, { base, exponent, form }: Scale): Quantity | CelError {
  if (exponent > LONGEST || !/^[+-]?\.?\d/.test(text)) return new CelError(BAD_NUMBER);
  const power = (base === 2 ? 0 : exponent) - places;
  const value = nanos(BigInt(digits) * (base === 2 ? 1n << BigInt(exponent) : 1n), power);
  const negative = text.startsWith('-');
  if (form === 'BinarySI' && value > MAX * NANO) return new Quantity(negative ? -MAX : MAX, 0, form, false);
  const isFraction = form === 'BinarySI' && value > 0n && value < NANO;
  return new Quantity(negative ? -value : value, -9, isFraction ? 'DecimalSI' : form, false);
}

const NANO = 1_000_000_000n;

/** In nano, rounded up. */
function nanos(value: bigint, power: number): bigint {
  if (power >= -9) return value * 10n ** BigInt(power + 9);
  if (power < -2 * LONGEST) return value === 0n ? 0n : 1n;
  const by = 10n ** BigInt(-9 - power);
  return (value + by - 1n) / by;
}

/** By sign, then by the place of the first digit, and only then digit by digit: exponents may be huge. */
export function compareQuantities(left: Quantity, right: Quantity): number {
  const signs = signOf(left.unscaled) - signOf(right.unscaled);
  if (signs !== 0 || left.unscaled === 0n) return Math.sign(signs);
  const places = place(left) - place(right);
  if (places !== 0) return Math.sign(places) * signOf(left.unscaled);
  const [one, other] = aligned(left, right);
  return one < other ? -1 : one > other ? 1 : 0;
}

export const signOf = (value: bigint): number => (value < 0n ? -1 : value > 0n ? 1 : 0);

const place = ({ unscaled, exponent }: Quantity): number => String(unscaled < 0n ? -unscaled : unscaled).length + exponent;

/** Both as whole numbers of the finer of the two scales. */
function aligned(left: Quantity, right: Quantity): readonly [bigint, bigint, exponent: number] {
  const exponent = Math.min(left.exponent, right.exponent);
  const scaled = (quantity: Quantity): bigint => quantity.unscaled * 10n ** BigInt(quantity.exponent - exponent);
  return [scaled(left), scaled(right), exponent];
}

/** Sum, or difference where `sign` is -1, in the form of the first unless that is zero. */
export function addQuantities(left: Quantity, right: Quantity, sign: 1n | -1n): Quantity | CelError {
  const form = left.unscaled === 0n ? right.form : left.form;
  if (left.isSmall && right.isSmall) {
    const sum = addSmall(left, right, sign);
    if (sum !== undefined) return new Quantity(sum[0], sum[1], form, true, true);
  }
  if (Math.abs(left.exponent - right.exponent) > LONGEST) return new CelError('quantities too far apart to be added');
  const [one, other, exponent] = aligned(left, right);
  return new Quantity(one + sign * other, exponent, form, false, true);
}

/** Undefined where the sum, or either number at the finer scale, is no int64. The least int64 is its own negation, as in Go. */
function addSmall(left: Quantity, right: Quantity, sign: 1n | -1n): readonly [bigint, number] | undefined {
  const added = new Quantity(BigInt.asIntN(64, sign * right.unscaled), right.exponent, right.form, true);
  if (added.unscaled === 0n) return [left.unscaled, left.exponent];
  if (left.unscaled === 0n) return [added.unscaled, added.exponent];
  if (Math.abs(left.exponent - right.exponent) > 18) return undefined;
  const [one, other, exponent] = aligned(left, added);
  const sum = one + other;
  return fits(one) && fits(other) && fits(sum) ? [sum, exponent] : undefined;
}

/** Undefined where upstream cannot tell without loss: it does not reduce fractions. */
export function quantityInteger(quantity: Quantity): bigint | undefined {
  if (!quantity.isSmall || quantity.exponent < 0) return undefined;
  if (quantity.unscaled === 0n) return 0n;
  if (quantity.exponent > 18) return undefined;
  const value = quantity.unscaled * 10n ** BigInt(quantity.exponent);
  return fits(value) ? value : undefined;
}

/** In one multiplication, as upstream has it. */
export const quantityFloat = ({ unscaled, exponent }: Quantity): number =>
  exponent === 0 ? Number(unscaled) : Number(unscaled) * powerOfTen(exponent);

const powerOfTen = (exponent: number): number => (exponent < -323 ? 0 : exponent > 308 ? Infinity : Number(`1e${exponent}`));

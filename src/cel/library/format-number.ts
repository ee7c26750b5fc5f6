/**
 * A double as Go's x/text prints `%f` for English: exact digits rounded half to even, thousands grouped.
 * It keeps precision in one byte and one int16, which shows: `%.400f` pads to 144 places.
 */
export function fixedDouble(value: number, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 ? '-' : '';
  if (!Number.isFinite(value)) return `${sign}∞`;
  const [whole, fraction] = digitsOf(Math.abs(value), (precision << 16) >> 16);
  const padded = fraction.padEnd(precision & 0xff, '0');
  return `${sign}${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}${padded === '' ? '' : `.${padded}`}`;
}

/** A double as x/text prints `%e`: always six places; what should be the precision is the least width. */
export function scientificDouble(value: number, width: number): string {
  return Number.isNaN(value) ? 'NaN'.padStart(width) : scientific(value).padStart(Math.min(width, WIDEST));
}

/** Wider than any sane text. */
const WIDEST = 10_000;

function scientific(value: number): string {
  const sign = value < 0 ? '-' : '';
  if (!Number.isFinite(value)) return `${sign}∞`;
  const [digits, power] = significant(Math.abs(value), 7);
  const exponent = String(Math.abs(power))
    .padStart(2, '0')
    .replaceAll(/\d/g, (digit) => SUPERSCRIPTS.charAt(Number(digit)));
  return `${sign}${digits.charAt(0)}.${digits.slice(1)}×10${power < 0 ? '⁻' : ''}${exponent}`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** The most places that a double has. */
const PLACES = 1_074;

/** Digits before and behind the point, without zeros at the end; a negative count of places asks for the fewest digits. */
function digitsOf(value: number, places: number): readonly [whole: string, fraction: string] {
  const count = places < 0 ? shortestPlaces(value) : Math.min(places, PLACES);
  const digits = String(places < 0 ? shortest(value, count) : scaled(value, count)).padStart(count + 1, '0');
  return [digits.slice(0, digits.length - count), digits.slice(digits.length - count).replace(/0+$/, '')];
}

function shortestPlaces(value: number): number {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  return Math.max(mantissa.replace('.', '').length - 1 - Number(power), 0);
}

const shortest = (value: number, places: number): bigint => {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const figures = mantissa.replace('.', '');
  return BigInt(figures) * 10n ** BigInt(Math.max(Number(power) - figures.length + 1 + places, 0));
};

/** Value times 10^places as a whole number, half to even. */
function scaled(value: number, places: number): bigint {
  const [mantissa, power] = binary(value);
  const factor = mantissa * 10n ** BigInt(places);
  return power >= 0 ? factor << BigInt(power) : halfEven(factor, 1n << BigInt(-power));
}

function halfEven(value: bigint, by: bigint): bigint {
  const [quotient, twice] = [value / by, (value % by) * 2n];
  return twice > by || (twice === by && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** So many digits and the power of ten of the first, half to even. */
function significant(value: number, count: number): readonly [digits: string, power: number] {
  if (value === 0) return ['0'.repeat(count), 0];
  const power = Number(value.toExponential().split('e')[1]);
  const places = count - 1 - power;
  const [mantissa, exponent] = binary(value);
  const above = mantissa * 10n ** BigInt(Math.max(places, 0)) * 2n ** BigInt(Math.max(exponent, 0));
  const digits = String(halfEven(above, 10n ** BigInt(Math.max(-places, 0)) * 2n ** BigInt(Math.max(-exponent, 0))));
  return digits.length > count ? [digits.slice(0, count), power + 1] : [digits, power];
}

/** Value = mantissa · 2^power, exactly. */
function binary(value: number): readonly [mantissa: bigint, power: number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const [exponent, fraction] = [Number((bits >> 52n) & 0x7ffn), bits & ((1n << 52n) - 1n)];
  return exponent === 0 ? [fraction, -1074] : [fraction | (1n << 52n), exponent - 1075];
}

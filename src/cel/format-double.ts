/** A double as Go's `%g` writes it: the fewest digits that tell it from its neighbours, with an exponent below 1e-4 and from 1e6 on. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [digits, exponent] = decompose(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + (exponent < -4 || exponent >= 6 ? scientific(digits, exponent) : fixedPoint(digits, exponent));
}

/** The same digits, never with an exponent: Go's `FormatFloat(value, 'f', -1, 64)` of a finite number. */
export function formatPlain(value: number): string {
  const [digits, exponent] = decompose(value);
  return (value < 0 ? '-' : '') + fixedPoint(digits, exponent);
}

function decompose(value: number): readonly [digits: string, exponent: number] {
  const [mantissa = '', exponent] = Math.abs(value).toExponential().split('e');
  return [mantissa.replace('.', ''), Number(exponent)];
}

function scientific(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function fixedPoint(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits + '0'.repeat(exponent + 1 - digits.length);
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

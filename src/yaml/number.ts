/** An integer as Go's ParseInt and ParseUint read it with base 0: `10`, `-0x1F`, `0o17`, `017`, `0b11`, up to 64 bits. Underscores are gone already. */
export function parseInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/.exec(text);
  const digits = match?.[2];
  if (match === null || digits === undefined) return undefined;
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = match[1] === '-' ? -size : size;
  // A sign keeps Go from trying 64 unsigned bits.
  const limit = match[1] === '' ? 2n ** 64n : 2n ** 63n;
  return value >= -(2n ** 63n) && value < limit ? value : undefined;
}

/** A float that begins with a dot, as Go's ParseFloat reads it: single underscores between digits are allowed. */
export function parseFloatText(text: string): number | undefined {
  if (!/^\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?$/.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** How kubectl writes a float that is a map key: Go's `%g` with the fewest digits that tell one 32-bit float from the next. */
export function formatFloatKey(value: number): string {
  const special = Number.isNaN(value) ? '.nan' : value === Infinity ? '.inf' : value === -Infinity ? '-.inf' : undefined;
  if (special !== undefined) return special;
  const float = Math.fround(value);
  if (!Number.isFinite(float)) return float > 0 ? '.inf' : '-.inf';
  const [mantissa = '', exponent = '0'] = shortestFloat(float).split('e');
  const power = Number(exponent);
  const digits = mantissa.replace(/[-.]/g, '');
  const sign = Object.is(float, -0) || float < 0 ? '-' : '';
  if (power < -4 || power >= 6) return sign + exponential(digits, power);
  return sign + fixed(digits, power);
}

function shortestFloat(float: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = float.toExponential(digits);
    if (Math.fround(Number(text)) === float) return text;
  }
  return float.toExponential(9);
}

function exponential(digits: string, power: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function fixed(digits: string, power: number): string {
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`;
  if (digits.length <= power + 1) return digits + '0'.repeat(power + 1 - digits.length);
  return `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}

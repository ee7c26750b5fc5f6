/** Nanoseconds of a duration as Go's ParseDuration reads it: `1h2m3.5s`, `-1.5h`, `0`. Undefined where it is none, or does not fit 64 bits. */
export function readDuration(text: string): bigint | undefined {
  const [, sign = '', body = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0n;
  if (!/^(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    if (whole.replace(/^0+/, '').length > 19) return undefined;
    total += nanosOf(whole, fraction, units[unit] ?? 1);
    if (total > LIMIT) return undefined;
  }
  if (sign === '-') return -total;
  return total === LIMIT ? undefined : total;
}

const LIMIT = 2n ** 63n;

const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** The fraction is reckoned in doubles, as Go does. */
function nanosOf(whole: string, fraction: string, unit: number): bigint {
  const [counted, scale] = leadingFraction(fraction);
  return BigInt(whole === '' ? 0 : whole) * BigInt(unit) + BigInt(Math.trunc(counted * (unit / scale)));
}

/** Digits beyond 63 bits are dropped. */
function leadingFraction(fraction: string): readonly [counted: number, scale: number] {
  const kept = fraction.slice(0, 18);
  return [Number(kept), 10 ** kept.length];
}

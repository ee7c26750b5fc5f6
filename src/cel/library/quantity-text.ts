import type { Quantity } from './quantity-value.ts';

/** A quantity as the API server writes it back: no fraction, and the largest suffix of its form that loses nothing. `1024Mi` becomes `1Gi`, but `05Gi` stays. */
export function quantityText(quantity: Quantity): string {
  if (quantity.written !== null) return quantity.written;
  if (quantity.unscaled === 0n) return '0';
  const whole = quantity.form === 'BinarySI' ? wholeNumber(quantity) : undefined;
  return whole === undefined || (whole > -1024n && whole < 1024n) ? decimal(quantity) : binary(whole);
}

/** Undefined where it has a fraction, or is beyond what any binary suffix can say. */
function wholeNumber({ unscaled, exponent }: Quantity): bigint | undefined {
  if (exponent >= 0) return exponent > FARTHEST ? undefined : unscaled * 10n ** BigInt(exponent);
  const by = 10n ** BigInt(-exponent);
  return unscaled % by === 0n ? unscaled / by : undefined;
}

const FARTHEST = 5_000;

/** Without factors of ten; the exponent is a multiple of three. */
function decimal({ unscaled, exponent, form }: Quantity): string {
  const [digits, zeros] = reduced(unscaled, 10n);
  const power = exponent + zeros;
  const extra = ((power % 3) + 3) % 3;
  return `${digits * 10n ** BigInt(extra)}${decimalSuffix(power - extra, form)}`;
}

function decimalSuffix(power: number, form: Quantity['form']): string {
  if (form === 'DecimalExponent') return power === 0 ? '' : `e${power}`;
  return ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'][power / 3 + 3] ?? '';
}

function binary(whole: bigint): string {
  const [digits, power] = reduced(whole, 1024n);
  return `${digits}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][power] ?? ''}`;
}

function reduced(value: bigint, factor: bigint): readonly [rest: bigint, times: number] {
  let [rest, times] = [value, 0];
  while (rest % factor === 0n) [rest, times] = [rest / factor, times + 1];
  return [rest, times];
}

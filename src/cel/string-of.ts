import { formatDouble, formatPlain } from './format-double.ts';
import { CelError, Double, Duration, Timestamp, TypeValue, Uint } from './value.ts';
import type { Value } from './value.ts';

/** A value as `string()` writes it; undefined for what it does not take. */
export function stringOf(value: Value): string | CelError | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Double) return formatDouble(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  return value instanceof TypeValue ? value.name : undefined;
}

/** Seconds, made a double first as Go's `Seconds()` does. */
const durationText = ({ nanos }: Duration): string =>
  `${formatPlain(Number(nanos / 1_000_000_000n) + Number(nanos % 1_000_000_000n) / 1e9)}s`;

/** RFC 3339 with the offset that the text had, and no trailing zeros. */
function timestampText({ seconds, nanos, offset }: Timestamp): string {
  const instant = new Date((seconds + offset * 60) * 1000).toISOString().replace(/^\+0*/, '').slice(0, -5);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${instant}${fraction}${zone(offset)}`;
}

function zone(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const two = (number: number): string => String(number).padStart(2, '0');

function bytesText(bytes: Uint8Array): string | CelError {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

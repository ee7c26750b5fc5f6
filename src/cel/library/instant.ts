import { CelError, Duration, Timestamp } from '../value.ts';
import type { Value } from '../value.ts';

/** A timestamp from whole seconds, which must lie in the years 1 to 9999. */
export function timestampOf(seconds: number, nanos: number, offset = 0): Value {
  return seconds < FIRST_SECOND || seconds > LAST_SECOND ? new CelError('timestamp overflow') : new Timestamp(seconds, nanos, offset);
}

/** The timestamp that many nanoseconds later. */
export function addDuration({ seconds, nanos, offset }: Timestamp, later: bigint): Value {
  const total = BigInt(seconds) * SECOND + BigInt(nanos) + later;
  const rest = ((total % SECOND) + SECOND) % SECOND;
  return timestampOf(Number((total - rest) / SECOND), Number(rest), offset);
}

export function timeBetween(later: Timestamp, earlier: Timestamp): Value {
  return durationOf(BigInt(later.seconds - earlier.seconds) * SECOND + BigInt(later.nanos - earlier.nanos));
}

/** A duration, or what `then` makes of its nanoseconds; an error where they do not fit 64 bits. */
export function durationOf(nanos: bigint, then: (nanos: bigint) => Value = (nanos) => new Duration(nanos)): Value {
  return BigInt.asIntN(64, nanos) === nanos ? then(nanos) : new CelError('integer overflow');
}

export const SECOND = 1_000_000_000n;
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

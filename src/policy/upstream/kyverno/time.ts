import { method } from '../../../cel/library/declare.ts';
import type { Overload } from '../../../cel/function.ts';
import { duration, opaque, string, timestamp } from '../../../cel/type.ts';
import type { Duration, Opaque } from '../../../cel/value.ts';
import { Timestamp } from '../../../cel/value.ts';

const TIME = 'kyverno.time';
/** `time` is the name of a value that knows the time of judging, so that one request is judged at one time. */
export const timeType = opaque(TIME);

/** Kyverno's functions on time. */
export const timeLibrary: readonly Overload[] = [
  method('now', [timeType], timestamp, ({ now }: Clock) => new Timestamp(Math.floor(now / 1000), (now % 1000) * 1e6)),
  method('toCron', [timeType, timestamp], string, (_clock: Clock, at: Timestamp) => toCron(at)),
  method('truncate', [timeType, timestamp, duration], timestamp, (_clock: Clock, at: Timestamp, by: Duration) => truncate(at, by)),
];

/** The value of `time`. */
export class Clock implements Opaque {
  readonly opaque = TIME;
  /** Milliseconds since the epoch. */
  readonly now: number;
  constructor(now: number) {
    this.now = now;
  }

  equals(other: Opaque): boolean {
    return other instanceof Clock && other.now === this.now;
  }
}

function toCron({ seconds }: Timestamp): string {
  const at = new Date(seconds * 1000);
  return [at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate(), at.getUTCMonth() + 1, at.getUTCDay()].join(' ');
}

/** Go truncates since year 1, and not since the epoch. */
const SINCE_YEAR_1 = 62_135_596_800n;

function truncate(at: Timestamp, { nanos: by }: Duration): Timestamp {
  if (by <= 0n) return at;
  const total = (BigInt(at.seconds) + SINCE_YEAR_1) * 1_000_000_000n + BigInt(at.nanos);
  const rest = total - (total % by);
  return new Timestamp(Number(rest / 1_000_000_000n - SINCE_YEAR_1), Number(rest % 1_000_000_000n), at.offset);
}

import type { Overload } from '../function.ts';
import { duration, int, string, timestamp } from '../type.ts';
import { isError, toInt } from '../value.ts';
import type { Duration, Timestamp, Value } from '../value.ts';
import { method } from './declare.ts';
import { zoneOffset } from './time-zone.ts';

/** Parts of a timestamp, in UTC or a zone that is given, and the whole hours, minutes, seconds or milliseconds of a duration. */
export const getters: readonly Overload[] = [
  ...part('getFullYear', (date) => date.getUTCFullYear()),
  ...part('getMonth', (date) => date.getUTCMonth()),
  ...part('getDayOfYear', (date) => Math.round((date.getTime() - new Date(date).setUTCMonth(0, 1)) / DAY)),
  ...part('getDayOfMonth', (date) => date.getUTCDate() - 1),
  ...part('getDate', (date) => date.getUTCDate()),
  ...part('getDayOfWeek', (date) => date.getUTCDay()),
  ...part('getHours', (date) => date.getUTCHours()),
  span('getHours', 3_600_000_000_000n),
  ...part('getMinutes', (date) => date.getUTCMinutes()),
  span('getMinutes', 60_000_000_000n),
  ...part('getSeconds', (date) => date.getUTCSeconds()),
  span('getSeconds', 1_000_000_000n),
  ...part('getMilliseconds', (_, { nanos }) => Math.trunc(nanos / 1_000_000)),
  span('getMilliseconds', 1_000_000n),
];

const DAY = 86_400_000;

function part(name: string, read: (local: Date, at: Timestamp) => number): readonly Overload[] {
  const inUtc = (at: Timestamp): Value => read(new Date(at.seconds * 1000), at);
  const inZone = (at: Timestamp, zone: string): Value => {
    const offset = zoneOffset(zone, at.seconds);
    return isError(offset) ? offset : read(new Date((at.seconds + offset) * 1000), at);
  };
  return [method(name, [timestamp], int, inUtc), method(name, [timestamp, string], int, inZone)];
}

function span(name: string, unit: bigint): Overload {
  return method(name, [duration], int, ({ nanos }: Duration) => toInt(nanos / unit) ?? 0);
}

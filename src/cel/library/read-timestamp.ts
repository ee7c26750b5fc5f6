import { CelError } from '../value.ts';
import type { Timestamp, Value } from '../value.ts';
import { timestampOf } from './instant.ts';

/**
 * A timestamp as Go reads RFC 3339: an hour may have one digit, a comma may stand for the point, an offset may reach 24:60.
 * Undefined where the text is none, an error where it lies outside the years 1 to 9999.
 */
export function readTimestamp(text: string): Value | undefined {
  const match =
    /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(?:Z|([-+])([0-9]{2}):([0-9]{2}))$/.exec(text);
  if (match === null) return undefined;
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, , , hours = 0, minutes = 0] = match.map(Number);
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const [, , , , , , , fraction = '', sign = '', hoursText] = match;
  if (hoursText !== undefined && (hours > 24 || minutes > 60)) return undefined;
  const offset = hoursText === undefined ? 0 : (hours * 60 + minutes) * (sign === '-' ? -1 : 1);
  return timestampOf(
    secondsOf(year, month, day) + hour * 3600 + minute * 60 + second - offset * 60,
    Number(fraction.slice(0, 9).padEnd(9, '0')),
    offset + 0,
  );
}

/** A timestamp in RFC 3339, with the offset that it was read with and as many digits of the second as there are. */
export function timestampText({ seconds, nanos, offset }: Timestamp): string {
  const local = new Date((seconds + offset * 60) * 1000).toISOString().slice(0, -5);
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return local + fraction + offsetText(offset);
}

function offsetText(offset: number): string {
  if (offset === 0) return 'Z';
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(secondsOf(year, month + 1, 0) * 1000).getUTCDate();
}

/** `Date.UTC` takes years below 100 for those of the last century. */
const secondsOf = (year: number, month: number, day: number): number => new Date(0).setUTCFullYear(year, month - 1, day) / 1000;

export const notConverted = (from: string, to: string): CelError => new CelError(`type conversion error from '${from}' to '${to}'`);

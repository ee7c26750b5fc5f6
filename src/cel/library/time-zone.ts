import { CelError } from '../value.ts';

/** Seconds east of UTC at an instant, of a zone as cel-go takes it: a name of the IANA database, `+02:00`, `UTC` or nothing at all. */
export function zoneOffset(zone: string, seconds: number): number | CelError {
  if (zone === '' || zone === 'UTC' || zone === 'Local') return 0;
  if (zone.includes(':')) return fixedOffset(zone);
  if (zone.includes('..') || zone.startsWith('/') || zone.startsWith('\\')) return new CelError('time: invalid location name');
  const format = formatOf(zone);
  return format === null ? new CelError(`unknown time zone ${zone}`) : offsetAt(format, seconds);
}

function fixedOffset(zone: string): number | CelError {
  const [hours, minutes] = [zone.slice(0, zone.indexOf(':')), zone.slice(zone.indexOf(':') + 1)];
  for (const part of [hours, minutes]) {
    if (!/^[-+]?[0-9]{1,15}$/.test(part)) return new CelError(`strconv.Atoi: parsing ${JSON.stringify(part)}: invalid syntax`);
  }
  return (Number(hours) * 60 + (zone.startsWith('-') ? -Number(minutes) : Number(minutes))) * 60;
}

/** Making one takes a thousand times longer than using it. There are only so many zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = makeFormat(zone);
  if (format !== null) formats.set(zone, format);
  return format;
}

/** Go knows the names in one spelling only; JavaScript takes any case. */
function makeFormat(zone: string): Intl.DateTimeFormat | null {
  if (!/^[A-Z][A-Za-z0-9/_+-]{1,63}$/.test(zone)) return null;
  try {
    const format = new Intl.DateTimeFormat('en-US', { ...fields, timeZone: zone });
    const resolved = format.resolvedOptions().timeZone;
    return resolved.toLowerCase() === zone.toLowerCase() && resolved !== zone ? null : format;
  } catch {
    return null;
  }
}

const fields = {
  calendar: 'iso8601',
  era: 'short',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
  hourCycle: 'h23',
} as const satisfies Intl.DateTimeFormatOptions;

function offsetAt(format: Intl.DateTimeFormat, seconds: number): number {
  const parts = new Map(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local = new Date(0);
  local.setUTCFullYear(part('year'), part('month') - 1, part('day'));
  return local.setUTCHours(part('hour'), part('minute'), part('second')) / 1000 - seconds;
}

import type { Json } from './json.ts';
import { isObject } from './json.ts';

/** Plain values as the API server reads them, by their number in compact schemas: the index in the table below. */
export const valueTypes = {
  any: 0,
  text: 1,
  boolean: 2,
  int32: 3,
  int64: 4,
  number: 5,
  /** What Kubernetes' own types take: a number of 32 bits. */
  intOrText: 6,
  quantity: 7,
  time: 8,
  base64: 9,
  /** What custom resources take. */
  anyIntOrText: 10,
} as const;

interface ValueType {
  readonly expected: string;
  readonly takes: (value: Json) => boolean;
}

const types: readonly ValueType[] = [
  { expected: 'anything', takes: () => true },
  { expected: 'text', takes: isText },
  { expected: 'true or false', takes: (value) => typeof value === 'boolean' },
  { expected: 'a whole number of 32 bits', takes: isInt32 },
  { expected: 'a whole number', takes: Number.isInteger },
  { expected: 'a number', takes: (value) => typeof value === 'number' },
  { expected: 'a whole number of 32 bits or text', takes: (value) => isText(value) || isInt32(value) },
  { expected: 'a quantity such as 500m or 1Gi', takes: isQuantity },
  { expected: 'a time such as 2027-01-15T00:00:00Z', takes: (value) => isText(value) && time.test(value) },
  { expected: 'base64', takes: (value) => Array.isArray(value) || (isText(value) && base64.test(value.replaceAll(/[\r\n]/g, ''))) },
  { expected: 'a whole number or text', takes: (value) => isText(value) || Number.isInteger(value) },
];

/** What the type wants, where it does not take the value; null where it does. A null is as good as no value everywhere. */
export function misfit(type: number, value: Json): string | null {
  const known = types[type];
  return known === undefined || value === null || known.takes(value) ? null : known.expected;
}

/** A value in words: `the text "3"`, `a list`. What may be a secret is named by its kind only. */
export function valueInWords(value: Json, secret: boolean): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'a map';
  const kind = isText(value) ? 'text' : typeof value;
  if (secret) return kind === 'text' ? kind : `a ${kind}`;
  return isText(value) ? `the text ${JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value)}` : String(value);
}

const MAX_SHOWN = 40;

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function isInt32(value: Json): boolean {
  return Number.isInteger(value) && Math.abs(Number(value) + 0.5) < 2 ** 31;
}

/** As the API server reads it, which takes a suffix alone for nothing of it. */
function isQuantity(value: Json): boolean {
  if (typeof value === 'number') return true;
  if (!isText(value)) return false;
  const text = value.trim();
  return text !== '' && /^[+-]?\d*\.?\d*(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(text);
}

/** A little more than the API server takes: it also looks at the calendar. */
const time = /^\d{4}-\d\d-\d\dt\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?:z|[+-]\d\d:\d\d)$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

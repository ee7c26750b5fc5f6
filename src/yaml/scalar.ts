import { parseFloatText, parseInteger } from './number.ts';

const tagPrefix = 'tag:yaml.org,2002:';

/** What a scalar means to kubectl: integers as bigint, since a map key needs all their digits. */
export type Scalar = null | boolean | string | number | bigint;

/**
 * What a scalar under an explicit tag means; `tag` is the full tag. Tags that kubectl does not know leave the text as it is.
 * Answers a sentence in `problem` instead where kubectl refuses the value.
 */
export function resolveTagged(text: string, tag: string): { value: Scalar } | { problem: string } {
  const name = tag.startsWith(tagPrefix) ? tag.slice(tagPrefix.length) : '';
  const convert = Object.hasOwn(tagged, name) ? tagged[name] : undefined;
  const value = convert === undefined ? text : convert(text);
  return value === undefined ? { problem: `cannot read this value as !!${name}` } : { value };
}

/** What an untagged plain scalar means. */
export function resolvePlain(text: string): Scalar {
  if (!mayBeSpecial(text)) return text;
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (first === dot) return parseFloatText(text) ?? text;
  if (!startsNumber(first)) return text;
  const digits = text.replaceAll('_', '');
  return parseInteger(digits) ?? floatLike(digits) ?? text;
}

/** Conversions an explicit tag asks for; undefined refuses. */
const tagged: Readonly<Record<string, (text: string) => Scalar | undefined>> = {
  bool: (text) => only('boolean', resolvePlain(text)),
  null: (text) => (resolvePlain(text) === null ? null : undefined),
  int: (text) => only('bigint', resolvePlain(text)),
  float: taggedFloat,
  timestamp: (text) => (isTimestamp(text) ? text : undefined),
  binary: decodeBinary,
};

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word): [string, Scalar] => [word, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word): [string, Scalar] => [word, false]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Scalar] => [word, null]),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, Scalar] => [word, NaN]),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word): [string, Scalar] => [word, Infinity]),
  ...['-.inf', '-.Inf', '-.INF'].map((word): [string, Scalar] => [word, -Infinity]),
]);

const dot = 46;
const yamlFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const startsNumber = (code: number): boolean => (code >= 48 && code <= 57) || code === 43 || code === 45;

/** Most strings of a manifest are told from words and numbers by their first letter. */
function mayBeSpecial(text: string): boolean {
  const code = text.charCodeAt(0);
  return Number.isNaN(code) || code === dot || startsNumber(code) || (text.length < 6 && 'yYnNtTfFoO~'.includes(text[0] ?? ''));
}

function floatLike(text: string): number | undefined {
  const value = yamlFloat.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

const only = (type: 'boolean' | 'bigint', value: Scalar): Scalar | undefined => (typeof value === type ? value : undefined);

function taggedFloat(text: string): Scalar | undefined {
  const value = resolvePlain(text);
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' && value < 2n ** 63n ? Number(value) : undefined;
}

function isTimestamp(text: string): boolean {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(Z|[-+]\d\d:\d\d)?)?$/.exec(text);
  if (match === null) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const zoned = match[4] === undefined || (text.includes(' ') ? match[7] === undefined : match[7] !== undefined);
  const date = new Date(Date.UTC(year, month - 1, day));
  return zoned && date.getUTCDate() === day && date.getUTCMonth() === month - 1 && !(hour > 23 || minute > 59 || second > 59);
}

/** kubectl turns the bytes into a string, so what is not UTF-8 becomes U+FFFD. */
function decodeBinary(text: string): string | undefined {
  const base64 = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) return undefined;
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

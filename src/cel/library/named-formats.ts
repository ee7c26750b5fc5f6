import { isError } from '../value.ts';
import { parseRequestUri } from './url-value.ts';

/** One format that texts can have. */
export interface NamedFormat {
  /** What its check costs is reckoned by. */
  readonly regexSize: number;
  /** What is wrong with a text, in apimachinery's words; empty where nothing is. */
  readonly validate: (text: string) => readonly string[];
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = `(${KEY})?`;
const DATE_TIME_SIZE = 71;

/** The formats by their names in `format.X()`. */
export const namedFormats: Readonly<Record<string, NamedFormat>> = {
  dns1123Label: { regexSize: 30, validate: dns1123Label },
  dns1123Subdomain: { regexSize: 60, validate: (text) => dns1123Subdomain(text) },
  dns1035Label: { regexSize: 30, validate: dns1035Label },
  qualifiedName: { regexSize: 60, validate: qualifiedName },
  dns1123LabelPrefix: { regexSize: 30, validate: (text) => dns1123Label(maskDash(text)) },
  dns1123SubdomainPrefix: { regexSize: 60, validate: (text) => dns1123Subdomain(maskDash(text)) },
  dns1035LabelPrefix: { regexSize: 30, validate: (text) => dns1035Label(maskDash(text)) },
  labelValue: { regexSize: 40, validate: labelValue },
  uri: { regexSize: 1_103, validate: uri },
  uuid: { regexSize: 70, validate: only(isUuid, 'does not match the UUID format') },
  byte: { regexSize: 84, validate: only(isBase64, 'invalid base64') },
  date: { regexSize: DATE_TIME_SIZE, validate: only(isDate, 'invalid date') },
  datetime: { regexSize: DATE_TIME_SIZE, validate: only(isDateTime, 'invalid datetime') },
};

function only(test: (text: string) => boolean, message: string): (text: string) => readonly string[] {
  return (text) => (test(text) ? [] : [message]);
}

/** A dash at the end of a prefix stands for what follows; upstream takes one character too many away. */
const maskDash = (text: string): string => (text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);

export function dns1123Label(text: string): readonly string[] {
  const shape = isLabel(text) ? [] : [isSubdomain(text) ? 'must not contain dots' : labelError()];
  return [...tooLong(text, 63, 'characters'), ...shape];
}

export function dns1123Subdomain(text: string, unit: Unit = 'characters'): readonly string[] {
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...tooLong(text, 253, unit), ...(isSubdomain(text) ? [] : [regexError(message, SUBDOMAIN, 'example.com')])];
}

const labelError = (): string =>
  regexError(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    LABEL,
    'my-name',
    '123-abc',
  );

function dns1035Label(text: string): readonly string[] {
  const message =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  const isValid = isLabel(text) && /^[a-z]/.test(text);
  return [...tooLong(text, 63, 'characters'), ...(isValid ? [] : [regexError(message, LABEL_1035, 'my-name', 'abc-123')])];
}

const KEY_ERROR = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

function qualifiedName(text: string): readonly string[] {
  const parts = text.split('/');
  const keyError = regexError(KEY_ERROR, KEY, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2) return [`a valid label key ${keyError} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? prefixErrors(parts[0] ?? '') : [];
  const length = name === '' ? ['must be non-empty'] : tooLong(name, 63, 'bytes');
  return [...prefix, ...[...length, ...(isKey(name) ? [] : [keyError])].map((error) => `name part ${error}`)];
}

function prefixErrors(prefix: string): readonly string[] {
  return (prefix === '' ? ['must be non-empty'] : dns1123Subdomain(prefix, 'bytes')).map((error) => `prefix part ${error}`);
}

function labelValue(text: string): readonly string[] {
  const message =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const isValid = text === '' || isKey(text);
  return [...tooLong(text, 63, 'bytes'), ...(isValid ? [] : [regexError(message, VALUE, 'MyValue', 'my_value', '12345')])];
}

/** Tests that never look twice at a character, unlike the expressions that the messages show. */
const isLabel = (text: string): boolean => /^[-a-z0-9]+$/.test(text) && !text.startsWith('-') && !text.endsWith('-');
const isSubdomain = (text: string): boolean => text.split('.').every(isLabel);
const isKey = (text: string): boolean => /^[-A-Za-z0-9_.]+$/.test(text) && /^[A-Za-z0-9]/.test(text) && /[A-Za-z0-9]$/.test(text.slice(-1));

/** Upstream counts bytes of UTF-8, whatever it says. */
type Unit = 'bytes' | 'characters';

const tooLong = (text: string, most: number, unit: Unit): readonly string[] =>
  Buffer.byteLength(text) > most ? [`must be no more than ${most} ${unit}`] : [];

const regexError = (message: string, regex: string, ...examples: readonly string[]): string =>
  `${message} (e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, regex used for validation is '${regex}')`;

function uri(text: string): readonly string[] {
  const url = parseRequestUri(text);
  return isError(url) ? [url.message] : [];
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);
}

function isBase64(text: string): boolean {
  return text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const last = month === 2 && isLeap(year) ? 29 : (DAYS[month - 1] ?? 0);
  return day >= 1 && day <= last;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Upstream looks only at what stands between the first two letters t. */
function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(date)) return false;
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:[^\n]\d+)?(?:z|[+-]\d{2}:\d{2})$/u.exec(time);
  return match !== null && Number(match[1]) <= 23 && Number(match[2]) <= 59 && Number(match[3]) <= 59;
}

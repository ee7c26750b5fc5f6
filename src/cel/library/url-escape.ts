import { goQuote } from '../go-quote.ts';
import { CelError } from '../value.ts';

/** Parts of a URL that are encoded each in its own way. */
export type Part = 'path' | 'host' | 'zone' | 'user' | 'query' | 'fragment';

/** What need not be encoded, as Go sees it; bytes as latin1. */
const plain: Readonly<Record<Part, string>> = {
  path: 'A-Za-z0-9\\-_.~$&+,/:;=@',
  host: 'A-Za-z0-9\\-_.~!$&\'()*+,;=:[\\]<>"',
  zone: 'A-Za-z0-9\\-_.~!$&\'()*+,;=:[\\]<>"',
  user: 'A-Za-z0-9\\-_.~$&+,;=',
  query: 'A-Za-z0-9\\-_.~',
  fragment: 'A-Za-z0-9\\-_.~$&+,/:;=?@!()*',
};

const each = (make: (part: Part) => RegExp): Readonly<Record<Part, RegExp>> => ({
  path: make('path'),
  host: make('host'),
  zone: make('zone'),
  user: make('user'),
  query: make('query'),
  fragment: make('fragment'),
});

const others = each((part) => new RegExp(`[^${plain[part]}]`, 'g'));
const mayStand = each((part) => new RegExp(`^[${plain[part]}!'()*%[\\]:@&=+$,;]*$`));

/** `%XX` for every byte that needs it. */
export const escape = (text: string, part: Part): string => text.replaceAll(others[part], encoded);

/** Whether a text may stand as it is. */
export const isEncoded = (text: string, part: Part): boolean => mayStand[part].test(text);

/** Whether a byte need not be encoded in that part. */
const isPlain = (byte: string, part: Part): boolean => byte.search(others[part]) === -1;

const encoded = (byte: string): string => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** The bytes that an encoded text stands for, or what is wrong with it. */
export function unescape(text: string, part: Part): string | CelError {
  const wrong = unescapeError(text, part);
  if (wrong !== undefined) return wrong;
  const spaced = part === 'query' ? text.replaceAll('+', ' ') : text;
  return spaced.replaceAll(/%(..)/gs, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

function unescapeError(text: string, part: Part): CelError | undefined {
  const isHost = part === 'host' || part === 'zone';
  if (!text.includes('%') && (!isHost || !/[^A-Za-z0-9\-.:[\]\u0080-\u00ff]/.test(text))) return undefined;
  // Only what may be wrong is looked at: per cent signs, and in a host whatever else is ASCII.
  for (const { index, 0: mark } of text.matchAll(isHost ? /%[0-9A-Fa-f]{2}|[^A-Za-z0-9]/g : /%(?![0-9A-Fa-f]{2})/g)) {
    const wrong = mark.startsWith('%') ? escapeError(text.slice(index, index + 3), part) : hostError(mark, part);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function escapeError(code: string, part: Part): CelError | undefined {
  const refused = new CelError(`invalid URL escape ${quoted(code)}`);
  if (!/^%[0-9A-Fa-f]{2}$/.test(code)) return refused;
  const byte = String.fromCharCode(parseInt(code.slice(1), 16));
  if (code === '%25') return undefined;
  if (part === 'host') return byte < '\u0080' ? refused : undefined;
  return part !== 'zone' || byte === ' ' || isPlain(byte, 'host') ? undefined : refused;
}

/** Go shows the bytes of a character that is cut in two. */
function quoted(code: string): string {
  const text = Buffer.from(code, 'latin1').toString();
  return text.includes('\ufffd')
    ? `"${code.replaceAll(/[\u0080-\u00ff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`)}"`
    : goQuote(text);
}

const hostError = (byte: string, part: Part): CelError | undefined =>
  byte < '\u0080' && !isPlain(byte, part) ? new CelError(`invalid character ${goQuote(byte)} in host name`) : undefined;

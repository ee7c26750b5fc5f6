import { Double, toInt, Uint } from './value.ts';
import type { Value } from './value.ts';

/** What a literal's text cannot be, in cel-go's words. */
export class BadLiteral {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Of `12` or `0xff`. */
export function intLiteral(text: string, negative: boolean): Value | BadLiteral {
  const small = text.length < 16 ? Number(text) : NaN;
  // Minus nought is nought: ints have one.
  if (Number.isSafeInteger(small)) return negative && small !== 0 ? -small : small;
  const big = BigInt(text);
  return toInt(negative ? -big : big) ?? new BadLiteral('invalid int literal');
}

/** Of `12u` or `0xffU`. */
export function uintLiteral(text: string): Value | BadLiteral {
  const value = BigInt(text.slice(0, -1));
  return BigInt.asUintN(64, value) === value ? new Uint(value) : new BadLiteral('invalid uint literal');
}

/** Of `1.5` or `1e9`. */
export function doubleLiteral(text: string, negative: boolean): Value | BadLiteral {
  const value = Number(text);
  return Number.isFinite(value) ? new Double(negative ? -value : value) : new BadLiteral('invalid double literal');
}

/** Of `'…'`, `"""…"""` or `r'…'`, as the lexer delimits them. */
export function stringLiteral(text: string): Value | BadLiteral {
  const { body, escapes } = unquote(text);
  if (!escapes) return body;
  let value = '';
  for (let at = 0; at < body.length;) {
    const backslash = body.indexOf('\\', at);
    if (backslash < 0) return value + body.slice(at);
    const [code, width] = unescape(body, backslash);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return new BadLiteral('invalid unicode code point');
    value += body.slice(at, backslash) + String.fromCodePoint(code);
    at = backslash + width;
  }
  return value;
}

/** Of `b'…'`: an escape is a byte, a character its UTF-8. */
export function bytesLiteral(text: string): Value | BadLiteral {
  const { body, escapes } = unquote(text.slice(1));
  if (!escapes) return encoder.encode(body);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length;) {
    const backslash = body.indexOf('\\', at);
    parts.push(encoder.encode(backslash < 0 ? body.slice(at) : body.slice(at, backslash)));
    if (backslash < 0) break;
    const letter = body[backslash + 1];
    if (letter === 'u' || letter === 'U') return new BadLiteral('unable to unescape string');
    const [code, width] = unescape(body, backslash);
    parts.push(Uint8Array.of(code));
    at = backslash + width;
  }
  return joined(parts);
}

const encoder = new TextEncoder();

function unquote(text: string): { body: string; escapes: boolean } {
  const raw = text[0] === 'r' || text[0] === 'R';
  const quoted = raw ? text.slice(1) : text;
  const quote = quoted.slice(0, 3);
  const width = quoted.length >= 6 && (quote === '"""' || quote === "'''") ? 3 : 1;
  const inner = quoted.slice(width, -width);
  // A line ends with a newline, whatever the file has.
  const body = inner.includes('\r') ? inner.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : inner;
  return { body, escapes: !raw && body.includes('\\') };
}

/** The code point, or byte, of the escape at a backslash, and how many characters it takes. */
function unescape(body: string, at: number): readonly [code: number, width: number] {
  const letter = body[at + 1] ?? '';
  const simple = SIMPLE[letter];
  if (simple !== undefined) return [simple, 2];
  const digits = HEX_DIGITS[letter];
  if (digits !== undefined) return [Number.parseInt(body.slice(at + 2, at + 2 + digits), 16), 2 + digits];
  return [Number.parseInt(body.slice(at + 1, at + 4), 8), 4];
}

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  "'": 39,
  '?': 63,
  '\\': 92,
  '`': 96,
};

const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 };

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

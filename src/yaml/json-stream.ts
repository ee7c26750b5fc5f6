import { isObject } from '../kube/json.ts';
import type { Json } from '../kube/json.ts';
import { YamlError } from './yaml-error.ts';

/** One JSON value of a stream, and where it stands. */
export interface JsonValue {
  readonly value: Json;
  readonly start: number;
  readonly end: number;
}

/** True where kubectl tries JSON first: an opening brace after nothing but white space, within the first 4,096 bytes. */
export function looksLikeJson(text: string): boolean {
  const start = text.slice(0, 4096).replace(/^[\s\x85]+/, '');
  return start.startsWith('{') && !text.startsWith('\uFEFF');
}

/** The next JSON value at or after `from`, or null at the end of the text. Throws YamlError where none can be read. */
export function readJsonValue(text: string, from: number): JsonValue | null {
  blank.lastIndex = from;
  const start = from + (blank.exec(text)?.[0].length ?? 0);
  if (start >= text.length) return null;
  const end = Math.min(endOfValue(text, start), text.length);
  try {
    const source = text.slice(start, end);
    const value = JSON.parse(source) as Json;
    return { value: needsGo.test(source) ? asGo(value) : value, start, end };
  } catch (error) {
    throw new YamlError('json', start + errorOffset(error), 'this is not valid JSON', { cause: error });
  }
}

const blank = /[ \t\r\n]*/y;
/** Escapes and numbers that Go may read otherwise than JSON.parse does. */
const needsGo = /\\u[dD][89a-fA-F]|-0/;
const maxJsonDepth = 500;

/** One pass over the text, so that depth is known before JSON.parse makes anything of it. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) at = closingQuote(text, at);
    else if (char === openBrace || char === openBracket) depth++;
    else if (char === closeBrace || char === closeBracket) depth--;
    else if (depth > 0 || char > space) continue;
    if (depth > maxJsonDepth) throw new YamlError('too-deep', at, `nested deeper than ${maxJsonDepth} levels`);
    if (depth <= 0) return at + 1;
  }
  return text.length;
}

const [space, quote, openBracket, backslash, closeBracket, openBrace, closeBrace] = [32, 34, 91, 92, 93, 123, 125];

function closingQuote(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === backslash) at++;
    else if (char === quote) return at;
  }
  return text.length;
}

/** V8 names the place in some of its messages only; else it is the value that is wrong. */
function errorOffset(error: unknown): number {
  const match = error instanceof Error ? /at position (\d+)/.exec(error.message) : null;
  return Number(match?.[1] ?? 0);
}

/** Go turns half a surrogate pair into U+FFFD, and has no -0 among its integers. */
function asGo(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(asGo);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), asGo(item ?? null)]));
}

import { codePointCount, codePointIndex, hasWide, unitOffset } from '../code-points.ts';
import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { int, list, string } from '../type.ts';
import { CelError, fromJson } from '../value.ts';
import type { Value } from '../value.ts';
import { costs, global, method } from './declare.ts';
import { traversalCost } from './kubernetes-lists.ts';
import { searchFirst, searchLast } from './search.ts';

type Int = number | bigint;

const size = costs(([text]) => traversal(sizeOf(text ?? null)));
const walk = costs(([text]) => traversalCost(text ?? null));
const rewritten = costs(([text]) => Math.ceil(sizeOf(text ?? null) * 0.2));
const joined = costs((_, result) => Math.ceil(sizeOf(result) * 0.2));

/** cel-go's strings extension, version 2. Offsets count code points. */
export const strings: readonly Overload[] = [
  method('charAt', [string, int], string, charAt),
  method('indexOf', [string, string], int, (text: string, part: string) => (part === '' ? 0 : indexFrom(text, part, 0)), walk),
  method('indexOf', [string, string, int], int, indexOf, walk),
  method('lastIndexOf', [string, string], int, lastIndex, walk),
  method('lastIndexOf', [string, string, int], int, lastIndexOf, walk),
  method('lowerAscii', [string], string, lowerAscii, size),
  method('upperAscii', [string], string, upperAscii, size),
  method('replace', [string, string, string], string, (text: string, old: string, by: string) => replace(text, old, by, -1), rewritten),
  method('replace', [string, string, string, int], string, replace, rewritten),
  method('split', [string, string], list(string), (text: string, by: string) => split(text, by, -1), rewritten),
  method('split', [string, string, int], list(string), split, rewritten),
  method('substring', [string, int], string, (text: string, start: Int) => substring(text, start), size),
  method('substring', [string, int, int], string, substring, size),
  method('trim', [string], string, trimSpace, size),
  global('strings.quote', [string], string, quote, { knownCost: ([text]) => traversal(sizeOf(text ?? null)) }),
  method('join', [list(string)], string, (texts: readonly Value[]) => join(texts, ''), joined),
  method('join', [list(string), string], string, join, joined),
];

// eslint-disable-next-line no-control-regex
const ascii = /^[\u0000-\u007f]*$/;

function lowerAscii(text: string): string {
  return ascii.test(text) ? text.toLowerCase() : text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase());
}

function upperAscii(text: string): string {
  return ascii.test(text) ? text.toUpperCase() : text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase());
}

const outOfRange = (index: Int): CelError => new CelError(`index out of range: ${index}`);

function charAt(text: string, index: Int): Value {
  const at = unitOffset(text, Number(index));
  if (at === undefined) return outOfRange(index);
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function indexOf(text: string, part: string, offset: Int): Value {
  if (part === '') return offset;
  return offset < 0 ? outOfRange(offset) : indexFrom(text, part, Number(offset));
}

/** A part of whole code points never matches in the midst of one. */
function indexFrom(text: string, part: string, offset: number): number {
  const from = unitOffset(text, offset);
  const at = from === undefined ? -1 : searchFirst(text, part, from);
  return at === -1 ? -1 : codePointIndex(text, at);
}

function lastIndex(text: string, part: string): number {
  if (part === '') return codePointCount(text);
  const at = searchLast(text, part);
  return at === -1 ? -1 : codePointIndex(text, at);
}

function lastIndexOf(text: string, part: string, offset: Int): Value {
  if (part === '') return offset;
  if (offset < 0) return outOfRange(offset);
  const from = unitOffset(text, Number(offset));
  if (from === undefined || from >= text.length) return -1;
  const at = searchLast(text, part, from);
  return at === -1 ? -1 : codePointIndex(text, at);
}

/** Longest text that a function may build, in UTF-16 units: ten times what a request can carry. */
const LONGEST = 32 * 1024 * 1024;

const tooLong = (name: string): CelError => new CelError(`${name}: the result is longer than ${LONGEST} characters`);

function replace(text: string, old: string, by: string, limit: Int): Value {
  const places = limit < 0 ? Infinity : Number(limit);
  if (places === 0 || old === by) return text;
  if (places === Infinity && isEasy(text, old, by)) return text.replaceAll(old, by.replaceAll('$', '$$$$'));
  if (old === '' && text.length + Math.min(codePointCount(text) + 1, places) * by.length > LONGEST) return tooLong('replace');
  const parts = old === '' ? between(text, places) : pieces(text, old, places + 1);
  const length = text.length + (parts.length - 1) * (by.length - old.length);
  return length > LONGEST ? tooLong('replace') : parts.join(by);
}

/** Whether V8 itself may do it: it counts units, is slow to find long texts, and builds whatever it is asked for. */
const isEasy = (text: string, old: string, by: string): boolean =>
  old.length < 8 && (old !== '' || !hasWide(text)) && (text.length + 1) * Math.max(by.length, 1) <= LONGEST;

/** An empty text is found before each code point and at the end. */
function between(text: string, places: number): readonly string[] {
  const each = characters(text);
  const parts = ['', ...each, ''];
  return parts.length - 1 <= places ? parts : [...parts.slice(0, places), parts.slice(places).join('')];
}

function split(text: string, by: string, limit: Int): readonly string[] {
  const most = limit < 0 ? Infinity : Number(limit);
  if (most === 0) return [];
  if (by !== '') return pieces(text, by, most);
  const each = characters(text);
  return each.length <= most ? each : [...each.slice(0, most - 1), each.slice(most - 1).join('')];
}

const characters = (text: string): readonly string[] => (hasWide(text) ? Array.from(text) : text.split(''));

/** At most so many pieces, the last one with all the rest. */
function pieces(text: string, by: string, most: number): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < most - 1) {
    const at = searchFirst(text, by, from);
    if (at === -1) break;
    parts.push(text.slice(from, at));
    from = at + by.length;
  }
  parts.push(text.slice(from));
  return parts;
}

function substring(text: string, start: Int, end?: Int): Value {
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  const from = unitOffset(text, Number(start));
  if (from === undefined) return outOfRange(start);
  const to = end === undefined ? text.length : unitOffset(text, Number(end));
  return to === undefined ? outOfRange(end ?? 0) : text.slice(from, to);
}

/** Unicode's White_Space, which is not what JavaScript trims. */
const spaces = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

export function trimSpace(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && spaces.has(text.charAt(from))) from++;
  while (to > from && spaces.has(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

/** The backslash comes first: the others bring more of them. */
const escapes = [
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['"', '\\"'],
] as const;

function quote(text: string): string {
  return `"${escapes.reduce((quoted, [mark, escape]) => quoted.replaceAll(mark, escape), text.toWellFormed())}"`;
}

function join(texts: readonly Value[], by: string): Value {
  const wrong = texts.find((text) => typeof text !== 'string');
  if (wrong !== undefined) return new CelError(`join: invalid input: ${plain(fromJson(wrong))}`);
  const length = texts.reduce<number>((sum, text) => sum + (text as string).length, Math.max(texts.length - 1, 0) * by.length);
  return length > LONGEST ? tooLong('join') : (texts as readonly string[]).join(by);
}

const plain = (value: Value): string =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : typeof value;

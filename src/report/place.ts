import type { Step } from '../kube/field-path.ts';
import { parsePath } from '../kube/field-path.ts';

/** A stretch of one line, in UTF-16 units from 0; the end is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What stands where a finding was located. */
export interface Place {
  /** What to underline. */
  readonly mark: Span;
  /** The value at fault, where it is a simple one that ends on its line. */
  readonly value: Span | null;
  /** Steps of the path that lie below what was found: none where the key or item itself was found. */
  readonly missing: readonly Step[];
  /** Whether the position is that of a list item which is a map, and not that of a key. */
  readonly isItem: boolean;
}

/** A longer line is JSON that nobody wrote by hand: one look at it for each finding must not cost its whole length. */
export const LONG_LINE = 4000;
const BESIDE = 1000;

/** Reads a line at the column where a field path, or its closest parent that is there, was located. */
export function placeAt(whole: string, column: number, path: string): Place {
  if (whole.length <= LONG_LINE) return placeIn(whole, column - 1, path);
  const from = Math.max(0, column - 1 - BESIDE);
  const { mark, missing, isItem } = placeIn(whole.slice(from, column - 1 + BESIDE), column - 1 - from, path);
  return { mark: { start: mark.start + from, end: mark.end + from }, value: null, missing, isItem };
}

function placeIn(line: string, column: number, path: string): Place {
  const start = Math.min(column, line.length);
  const steps = parsePath(path);
  const key = keyAt(line, start);
  if (key === null) return { mark: tokenAt(line, start), value: valueAt(line, start, start), missing: belowItem(steps), isItem: false };
  const depth = foundDepth(steps, key.name);
  const value = valueAt(line, key.valueStart, start);
  const missing = steps.slice(depth + 1);
  const isItem = steps[depth] !== key.name;
  const underlined = missing.length === 0 || isItem ? (value?.end ?? key.end) : key.end;
  return { mark: { start, end: underlined }, value, missing, isItem };
}

/** Index of the step to which the position belongs: the deepest key of that name, else the deepest list item. */
function foundDepth(steps: readonly Step[], key: string): number {
  const named = steps.lastIndexOf(key);
  return named === -1 ? deepestItem(steps) : named;
}

const deepestItem = (steps: readonly Step[]): number => steps.findLastIndex((step) => typeof step === 'number');
const belowItem = (steps: readonly Step[]): Step[] => steps.slice(deepestItem(steps) + 1);

interface Key extends Span {
  readonly name: string;
  readonly valueStart: number;
}

const keyPattern =
  /(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s:#,[\]{}"'&*!|>%@`-](?:[^\s:#,[\]{}]|:(?=\S))*))(?<key>)[ \t]*:(?=[ \t]|$|(?<=["'][ \t]*:))/dy;

function keyAt(line: string, start: number): Key | null {
  keyPattern.lastIndex = start;
  const match = keyPattern.exec(line);
  if (match === null) return null;
  const end = match.indices?.groups?.['key']?.[0] ?? start;
  const [, double, single, plain] = match;
  return { name: double ?? single ?? plain ?? '', start, end, valueStart: start + match[0].length };
}

const valuePattern =
  /[ \t]*(?<value>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|-?[\w./][\w./@:+-]*|\[[^[\]{}"'#&*!]*\]|\{\})(?=[ \t]*(?:$|(?<=[ \t])#|(?<flow>[,}\]])))/dy;

/** A comma ends a plain value only inside braces or brackets, which must have been opened on this line to be sure of them. */
function valueAt(line: string, from: number, tokenStart: number): Span | null {
  valuePattern.lastIndex = from;
  const match = valuePattern.exec(line);
  const span = match?.indices?.groups?.['value'];
  if (match === null || span === undefined) return null;
  const [start, end] = span;
  const inFlow = match.groups?.['flow'] !== undefined;
  const sure = !inFlow || /["']$/.test(line.slice(start, end)) || /[{[]/.test(line.slice(0, tokenStart)) || line[tokenStart] === '"';
  return sure ? { start, end } : null;
}

/** Anything else: braces or brackets up to where they close, or up to a comment or the end of the line. */
function tokenAt(line: string, start: number): Span {
  const value = valueAt(line, start, start);
  if (value !== null) return value;
  const text = line.slice(start).replace(/\s+#.*$|\s+$/, '');
  return { start, end: closing(line, start) ?? Math.max(start + text.length, start + 1) };
}

function closing(line: string, start: number): number | null {
  if (!/^[{[]/.test(line.slice(start))) return null;
  let depth = 0;
  for (const { 0: part, index } of line.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|[{[\]}]/g)) {
    if (part === '{' || part === '[') depth++;
    else if (part === '}' || part === ']') depth--;
    if (depth === 0) return start + index + 1;
  }
  return null;
}

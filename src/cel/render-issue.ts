import type { Issue } from './issue.ts';

/** What the API server answers with where an expression does not compile, to the letter. */
export function compileError(source: string, issues: readonly Issue[]): string {
  const placed = issues.filter((issue) => issue.whole !== true);
  const [whole] = issues;
  if (placed.length === 0 && whole !== undefined) return whole.message;
  const shown = inOrder(placed).slice(0, MAX_SHOWN);
  const texts = shown.map((issue) => pointAt(source, issue, issue.message));
  if (placed.length > MAX_SHOWN) texts.push(`${placed.length - MAX_SHOWN} more errors were truncated`);
  return `compilation failed: ${texts.join('\n')}`;
}

/** An issue for a person: what is wrong, the nearest known name, and the line of the expression with a caret under the place. */
export function renderIssue(source: string, issue: Issue): string {
  const { message, hint } = issue;
  return pointAt(source, issue, hint === undefined ? message : `${message}; is ${hint} meant?`);
}

/** Where an offset is: a line from 1 on, a column from 0 on in code points. */
export function placeOf(source: string, at: number): { readonly line: number; readonly column: number } {
  if (at < 0) return { line: -1, column: -1 };
  const before = source.slice(0, at);
  const newline = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: Array.from(before.slice(newline + 1)).length };
}

/** Issues in the order of their places. */
export const inOrder = (issues: readonly Issue[]): readonly Issue[] => issues.toSorted((one, other) => one.at - other.at);

const MAX_SHOWN = 100;
const MAX_LINE_BYTES = 16_384;

function pointAt(source: string, { at }: Issue, message: string): string {
  const { line, column } = placeOf(source, at);
  return [`ERROR: <input>:${line}:${column + 1}: ${message}`, ...pointer(source, at)].join('\n');
}

/** The line of an expression, and below it a caret under the place; nothing where there is no such line, or one that nobody could read. */
export function pointer(source: string, at: number): string[] {
  const { line, column } = placeOf(source, at);
  const text = line < 1 || source === '' ? undefined : source.split('\n')[line - 1];
  if (text === undefined || Buffer.byteLength(text) > MAX_LINE_BYTES) return [];
  const characters = Array.from(text.replaceAll('\t', ' '));
  const dots = characters.slice(0, column).map((character) => (isWide(character) ? '．' : '.'));
  const caret = isWide(characters[column] ?? '') ? '＾' : '^';
  return [` | ${characters.join('')}`, ` | ${dots.join('')}${caret}`];
}

/** cel-go takes whatever is no ASCII for wide. */
const isWide = (character: string): boolean => (character.codePointAt(0) ?? 0) > 127;

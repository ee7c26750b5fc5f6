/** How many code points a text has. */
export const codePointCount = (text: string): number => measured(text)?.count ?? text.length;

/** Whether code points and UTF-16 units are not the same: CEL counts the former, JavaScript the latter. */
export const hasWide = (text: string): boolean => measured(text) !== null;

/** Offset in UTF-16 units of the code point of that index; undefined where the text is shorter. An index one past the end is the end. */
export function unitOffset(text: string, index: number): number | undefined {
  const marks = measured(text);
  if (marks === null) return index >= 0 && index <= text.length ? index : undefined;
  if (index < 0 || index > marks.count) return undefined;
  let at = marks.offsets[Math.floor(index / STRIDE)] ?? 0;
  for (let left = index % STRIDE; left > 0; left--) at += unitsAt(text, at);
  return at;
}

/** Index of the code point at an offset in UTF-16 units. */
export function codePointIndex(text: string, offset: number): number {
  const marks = measured(text);
  if (marks === null) return offset;
  let block = Math.floor(offset / STRIDE / 2);
  while ((marks.offsets[block + 1] ?? Infinity) <= offset) block++;
  let index = block * STRIDE;
  for (let at = marks.offsets[block] ?? 0; at < offset; at += unitsAt(text, at)) index++;
  return index;
}

interface Marks {
  readonly count: number;
  /** Offset of every so many code points. */
  readonly offsets: readonly number[];
}

const STRIDE = 64;
const surrogate = /[\uD800-\uDBFF]/;

/** Below this length a text is measured faster than it is remembered. */
const SHORT = 256;

/** What was last measured: an expression often takes one text apart character by character. */
let [lastText, lastMarks]: [string, Marks | null] = ['', null];

/** Null where every code point is one unit. */
function measured(text: string): Marks | null {
  if (text.length < SHORT) return surrogate.test(text) ? measure(text) : null;
  if (text !== lastText) [lastText, lastMarks] = [text, surrogate.test(text) ? measure(text) : null];
  return lastMarks;
}

function measure(text: string): Marks {
  const offsets: number[] = [];
  let count = 0;
  for (let at = 0; at < text.length; at += unitsAt(text, at), count++) if (count % STRIDE === 0) offsets.push(at);
  if (count % STRIDE === 0) offsets.push(text.length);
  return { count, offsets };
}

const unitsAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** Beyond this much work V8's own search, quadratic at its worst, gives way to one that is linear. */
const LIMIT = 1e5;

/** Offset of the first occurrence at or after `from`, else -1; never quadratic. */
export function searchFirst(text: string, part: string, from = 0): number {
  if (part.length < 8 || (text.length - from) * part.length < LIMIT) return text.indexOf(part, from);
  const end = search({ text, start: from, length: text.length - from }, { text: part, start: 0, length: part.length }, 1);
  return end === -1 ? -1 : from + end - part.length;
}

/** Offset of the last occurrence that starts at or before `from`, else -1; never quadratic. */
export function searchLast(text: string, part: string, from = text.length): number {
  if (text.length * part.length < LIMIT) return text.lastIndexOf(part, from);
  const length = Math.min(from + part.length, text.length);
  const end = search({ text, start: length - 1, length }, { text: part, start: part.length - 1, length: part.length }, -1);
  return end === -1 ? -1 : length - end;
}

/** Part of a text that is read from `start`, forwards or backwards. */
interface Reading {
  readonly text: string;
  readonly start: number;
  readonly length: number;
}

/** Knuth, Morris and Pratt: how many units are read when the first match ends, else -1. */
function search(haystack: Reading, needle: Reading, step: 1 | -1): number {
  const borders = bordersOf(needle, step);
  let matched = 0;
  for (let at = 0; at < haystack.length; at++) {
    const unit = haystack.text.charCodeAt(haystack.start + step * at);
    while (matched > 0 && needle.text.charCodeAt(needle.start + step * matched) !== unit) matched = borders[matched - 1] ?? 0;
    if (needle.text.charCodeAt(needle.start + step * matched) === unit) matched++;
    if (matched === needle.length) return at + 1;
  }
  return -1;
}

/** For each beginning of the needle, the length of its longest border. */
function bordersOf({ text, start, length }: Reading, step: 1 | -1): Int32Array {
  const borders = new Int32Array(length);
  for (let at = 1, border = 0; at < length; at++) {
    const unit = text.charCodeAt(start + step * at);
    while (border > 0 && text.charCodeAt(start + step * border) !== unit) border = borders[border - 1] ?? 0;
    if (text.charCodeAt(start + step * border) === unit) border++;
    borders[at] = border;
  }
  return borders;
}

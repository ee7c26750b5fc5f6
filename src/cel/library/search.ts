/** Beyond this much work V8's own search, quadratic at its worst, gives way to one that is linear. */
const LIMIT = 1e5;

/** Offset of the first occurrence at or after `from`, else -1; never quadratic. */
export function searchFirst(text: string, part: string, from = 0): number {
  if (part.length < 8 || (text.length - from) * part.length < LIMIT) return text.indexOf(part, from);
  return search(
    text.length - from,
    part.length,
    (at) => text.charCodeAt(from + at),
    (at) => part.charCodeAt(at),
    from,
  );
}

/** Offset of the last occurrence that starts at or before `from`, else -1; never quadratic. */
export function searchLast(text: string, part: string, from = text.length): number {
  if (text.length * part.length < LIMIT) return text.lastIndexOf(part, from);
  const end = Math.min(from + part.length, text.length);
  const before = search(
    end,
    part.length,
    (at) => text.charCodeAt(end - 1 - at),
    (at) => part.charCodeAt(part.length - 1 - at),
    0,
  );
  return before === -1 ? -1 : end - before - part.length;
}

/** Knuth, Morris and Pratt. */
function search(length: number, partLength: number, unit: (at: number) => number, partUnit: (at: number) => number, base: number): number {
  const fallback = fallbacks(partLength, partUnit);
  let matched = 0;
  for (let at = 0; at < length; at++) {
    const current = unit(at);
    while (matched > 0 && partUnit(matched) !== current) matched = fallback[matched - 1] ?? 0;
    if (partUnit(matched) === current) matched++;
    if (matched === partLength) return base + at - partLength + 1;
  }
  return -1;
}

/** For each prefix, the length of its longest border. */
function fallbacks(length: number, unit: (at: number) => number): Int32Array {
  const borders = new Int32Array(length);
  for (let at = 1, border = 0; at < length; at++) {
    while (border > 0 && unit(at) !== unit(border)) border = borders[border - 1] ?? 0;
    if (unit(at) === unit(border)) border++;
    borders[at] = border;
  }
  return borders;
}

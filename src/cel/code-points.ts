const surrogate = /[\uD800-\uDBFF]/;

/** Whether code points and UTF-16 units are not the same: CEL counts the former, JavaScript the latter. */
export const hasWide = (text: string): boolean => surrogate.test(text);

/** How many code points a text has. */
export function codePointCount(text: string): number {
  if (!hasWide(text)) return text.length;
  let count = 0;
  for (let at = 0; at < text.length; at += unitsAt(text, at)) count++;
  return count;
}

/** Offset in UTF-16 units of the code point of that index; undefined where the text is shorter. An index one past the end is the end. */
export function unitOffset(text: string, index: number): number | undefined {
  if (index < 0) return undefined;
  if (!hasWide(text)) return index <= text.length ? index : undefined;
  let at = 0;
  for (let left = index; left > 0; left--) {
    if (at >= text.length) return undefined;
    at += unitsAt(text, at);
  }
  return at;
}

/** Index of the code point at an offset in UTF-16 units. */
export const codePointIndex = (text: string, offset: number): number => (hasWide(text) ? codePointCount(text.slice(0, offset)) : offset);

const unitsAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

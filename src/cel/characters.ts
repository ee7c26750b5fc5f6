/** Character classes of CEL's grammar, by UTF-16 code; NaN, as past the end, is in none. */
export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
export const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
export const isWordStart = (code: number): boolean => isLetter(code) || code === 95;
export const isWordPart = (code: number): boolean => isWordStart(code) || isDigit(code);
export const isHex = (code: number): boolean => isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
export const isOctal = (code: number): boolean => code >= 48 && code <= 55;
export const isFieldPart = (code: number): boolean => isWordPart(code) || code === 46 || code === 45 || code === 47 || code === 32;
export const isQuote = (code: number): boolean => code === 34 || code === 39;
export const isB = (code: number): boolean => code === 98 || code === 66;
export const isR = (code: number): boolean => code === 114 || code === 82;

/** The end of the run of such characters from an offset. */
export function runOf(is: (code: number) => boolean, source: string, from: number): number {
  let end = from;
  while (is(source.charCodeAt(end))) end++;
  return end;
}

/** Offset of the character that makes the escape at a backslash none, or -1. */
export function badEscape(source: string, at: number): number {
  const code = source.charCodeAt(at + 1);
  if (SIMPLE_ESCAPES.has(code)) return -1;
  const [count, is] = ESCAPE_DIGITS.get(code) ?? [-1, isHex];
  if (count < 0) return at + 1;
  for (let digit = 0; digit < count; digit++) if (!is(source.charCodeAt(at + 2 + digit))) return at + 2 + digit;
  return -1;
}

const SIMPLE_ESCAPES: ReadonlySet<number> = new Set(Array.from('abfnrtv"\'\\?`', (text) => text.charCodeAt(0)));

const ESCAPE_DIGITS: ReadonlyMap<number, readonly [number, (code: number) => boolean]> = new Map(
  (
    [
      ['x', 2, isHex],
      ['X', 2, isHex],
      ['u', 4, isHex],
      ['U', 8, isHex],
      ['0', 2, isOctal],
      ['1', 2, isOctal],
      ['2', 2, isOctal],
      ['3', 2, isOctal],
    ] as const
  ).map(([text, count, is]) => [text.charCodeAt(0), [count, is] as const]),
);

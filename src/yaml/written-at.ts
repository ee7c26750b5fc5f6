import { SCALAR_STYLE } from 'js-yaml';

interface Scalar {
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly style: number;
}

/**
 * Where the character at `offset` of a scalar's text stands in the source. Folding, indentation and line ends only change white space, so the
 * rest is counted.
 */
export function writtenAt(source: string, { valueStart, valueEnd, style }: Scalar, text: string, offset: number): number {
  let left = text.slice(0, offset).replaceAll(/\s/g, '').length;
  let at = valueStart;
  while (at < valueEnd) {
    const { length, white } = characterAt(source, at, style);
    if (left === 0 && !white) return at;
    if (!white) left--;
    at += length;
  }
  return at;
}

/** An escape is one character; one that stands for white space counts as little as white space itself. */
function characterAt(source: string, at: number, style: number): { length: number; white: boolean } {
  const char = source[at] ?? '';
  if (style === SCALAR_STYLE.SINGLE_QUOTED && char === "'" && source[at + 1] === "'") return { length: 2, white: false };
  if (style !== SCALAR_STYLE.DOUBLE_QUOTED || char !== '\\') return { length: 1, white: /\s/.test(char) };
  const escape = source[at + 1] ?? '';
  const digits = { x: 2, u: 4, U: 8 }[escape] ?? 0;
  return { length: 2 + digits, white: /[\sntrvfe_NLP]/.test(escape) };
}

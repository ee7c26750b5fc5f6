/** Of one thing that a case says, what was expected and what came. */
export interface Comparison {
  /** Key in `expect`. */
  readonly what: 'verdict' | 'findings' | 'warnings';
  /** What was expected and came, in the words of the test. */
  readonly kept: readonly string[];
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

/** Holds a list against another, whatever the order. @param same whether an expected text stands for one that came. */
export function compare(
  what: Comparison['what'],
  expected: readonly string[],
  got: readonly string[],
  same: (expected: string, got: string) => boolean = (a, b) => a === b,
): Comparison {
  const came = (text: string): boolean => got.some((other) => same(text, other));
  return {
    what,
    kept: expected.filter(came),
    missing: expected.filter((text) => !came(text)),
    unexpected: got.filter((text) => !expected.some((other) => same(other, text))),
  };
}

export const differs = ({ missing, unexpected }: Comparison): boolean => missing.length > 0 || unexpected.length > 0;

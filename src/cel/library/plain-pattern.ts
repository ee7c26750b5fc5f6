/**
 * A pattern for JavaScript's engine, which is ten times as fast as RE2 and not linear: only of what surely means the same there,
 * and only for texts that it has done with in some thousand steps.
 */
export class PlainPattern {
  readonly #script: RegExp;
  readonly #longest: number;

  private constructor(script: RegExp, longest: number) {
    this.#script = script;
    this.#longest = longest;
  }

  /** Null where the pattern has anything that is not known to be harmless. */
  static of(source: string): PlainPattern | null {
    const found = source.match(tokens) ?? [];
    if (found.join('') !== source || waysThrough(found) > MOST_WAYS) return null;
    const isFixed = source.startsWith('^') && !source.includes('|');
    const degree = found.filter(isRepeating).length + (isFixed ? 0 : 1);
    try {
      return new PlainPattern(new RegExp(found.map(toScript).join('')), longest[degree] ?? 0);
    } catch {
      return null;
    }
  }

  /** Whether it is found in the text; undefined where RE2 has to be asked: the text is long, or not all ASCII. */
  test(text: string): boolean | undefined {
    return text.length > this.#longest || !ascii.test(text) ? undefined : this.#script.test(text);
  }
}

/** Longest text by how often it may be gone over: each part that repeats, and each start, multiplies. */
const longest = [2_000, 2_000, 64, 16];

const MOST_WAYS = 64;

/** How many ways there are through a pattern: what may be left out doubles them, alternatives of a group multiply them. */
function waysThrough(found: readonly string[]): number {
  let ways = 1;
  const open = [1];
  for (const token of found) {
    if (token.startsWith('(')) open.push(1);
    else if (token === '|') open.push((open.pop() ?? 1) + 1);
    else if (token.startsWith(')')) ways *= open.pop() ?? 1;
    if (token.length > 1 && !token.startsWith('(') && token !== '\\?' && token.endsWith('?')) ways *= 2;
  }
  return ways * (open.pop() ?? 1);
}

// oxlint-disable-next-line no-control-regex
const ascii = /^[\0-\x7f]*$/;

const quantifier = String.raw`(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??`;
const inClass = String.raw`(?:[\w ./:@,=;%&!<>~#"'+*?()|$]|\\[dw.\-/+*?()|$])`;
const inText = String.raw`[\w \-/:@,=;%&!<>~#"']|\\[dw.\-/+*?()|[\]{}^$\\]|\.`;
const part = String.raw`(?:${inText}|\[\^?-?(?:${inClass}(?:-[A-Za-z0-9])?)+-?\])`;
/** A group may be left out and does not repeat. */
const tokens = new RegExp(String.raw`${part}(?:${quantifier})?|\((?:\?:)?|\)\??(?![*+{])|[|^$]`, 'gy');

const isRepeating = (token: string): boolean => token.length > 1 && !/^\\.$/.test(token) && /(?:[*+]|\{\d+,\d*\})\??$/.test(token);

/** In JavaScript a dot stops at more than a line feed; in ASCII the one other is a carriage return. */
const toScript = (token: string): string => (token.startsWith('.') ? `[^\\n]${token.slice(1)}` : token);

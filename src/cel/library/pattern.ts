import { RE2JS, RE2JSException } from 're2js';
import { CelError } from '../value.ts';
import { PlainPattern } from './plain-pattern.ts';

/** A regular expression as RE2 has it: linear in the length of the text, without look-around and back-references. */
export class Pattern {
  readonly #compiled: RE2JS;
  readonly #size: number;
  readonly #plain: PlainPattern | null;

  constructor(compiled: RE2JS, source: string) {
    this.#compiled = compiled;
    this.#plain = PlainPattern.of(source);
    this.#size = compiled.programSize();
  }

  /** Whether the pattern is found somewhere in the text. */
  test(text: string): boolean | CelError {
    const plainly = this.#plain?.test(text);
    if (plainly !== undefined) return plainly;
    return text.length * this.#size > MOST_TESTED ? tooMuch() : this.#compiled.test(text);
  }

  /** At most so many matches from left to right. An empty match right behind another does not count, as in Go. */
  find(text: string, most: number): readonly string[] | CelError {
    const found: string[] = [];
    const isThere = most > 0 && this.test(text);
    if (isThere !== true) return isThere === false ? found : isThere;
    if (text.length * this.#size > mostFound(this.#size)) return tooMuch();
    const matcher = this.#compiled.matcher(text);
    let end = -1;
    while (found.length < most && matcher.find()) {
      if (matcher.start() === matcher.end() && matcher.start() === end) continue;
      end = matcher.end();
      found.push(text.slice(matcher.start(), end));
    }
    return found;
  }
}

/** Steps (characters by instructions) that one call may need at worst: nothing can interrupt it. */
const MOST_TESTED = 200_000_000;
/** To tell where a match is takes a slower machine, which many instructions slow down further. */
const mostFound = (size: number): number => (size > 64 ? 300_000 : 400_000);

const tooMuch = (): CelError => new CelError('regular expression too costly for a text of this length');

/** Longer than any pattern a person writes; compiling takes as long as it is. */
const LONGEST = 10_000;

/** Compiles each pattern once, as long as it is among the last ones used. */
export class Patterns {
  readonly #known = new Map<string, Pattern | CelError>();

  /** The compiled pattern, or why it is none in Go's words. */
  get(source: string): Pattern | CelError {
    const known = this.#known.get(source) ?? compile(source);
    this.#known.delete(source);
    this.#known.set(source, known);
    if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value ?? '');
    return known;
  }
}

const KEPT = 500;

function compile(source: string): Pattern | CelError {
  if (source.length > LONGEST) return new CelError('error parsing regexp: expression too large');
  try {
    return new Pattern(RE2JS.compile(source), source);
  } catch (error) {
    return error instanceof RE2JSException ? refused(source, error.message) : new CelError('error parsing regexp: expression too large');
  }
}

const named = /\(\?P?<\w+>/g;

/** Go takes two groups of one name, and shows an empty rest in back quotes. */
function refused(source: string, message: string): Pattern | CelError {
  if (message.includes('duplicate capture group name')) return compile(source.replaceAll(named, '('));
  return new CelError(message.endsWith('end of expression') ? `${message}: \`\`` : message);
}

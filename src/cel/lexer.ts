import { badEscape, isB, isDigit, isFieldPart, isHex, isQuote, isR, isWordPart, isWordStart, runOf } from './characters.ts';
import type { Issue } from './issue.ts';

/** A token's kind is its text, save for those with a text of their own. */
export type Kind =
  | 'EOF'
  | 'IDENTIFIER'
  | 'ESC_IDENTIFIER'
  | 'NUM_INT'
  | 'NUM_UINT'
  | 'NUM_FLOAT'
  | 'STRING'
  | 'BYTES'
  | 'true'
  | 'false'
  | 'null'
  | 'in'
  | Punctuation;

type Punctuation =
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | '.'
  | ','
  | ':'
  | '?'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '!'
  | '<'
  | '<='
  | '>'
  | '>='
  | '=='
  | '!='
  | '&&'
  | '||';

/** Reads one token at a time; what is no token is noted and skipped, as cel-go's lexer does. */
export class Lexer {
  readonly source: string;
  readonly issues: Issue[] = [];
  kind: Kind = 'EOF';
  start = 0;
  end = 0;

  constructor(source: string) {
    this.source = source;
    this.advance();
  }

  get text(): string {
    return this.source.slice(this.start, this.end);
  }

  /** Moves to the next token. */
  advance(): void {
    for (;;) {
      this.start = this.#skipBlank(this.end);
      const kind = this.#scan();
      if (kind === null) continue;
      this.kind = kind;
      return;
    }
  }

  /** The kind of the token after this one. */
  peek(): Kind {
    const { kind, start, end } = this;
    const known = this.issues.length;
    this.advance();
    const next = this.kind;
    this.issues.length = known;
    [this.kind, this.start, this.end] = [kind, start, end];
    return next;
  }

  #skipBlank(from: number): number {
    const { source } = this;
    for (let at = from; ; at++) {
      const code = source.charCodeAt(at);
      if (code === SPACE || code === 10 || code === 13 || code === 9 || code === 12) continue;
      if (code !== SLASH || source.charCodeAt(at + 1) !== SLASH) return at;
      const newline = source.indexOf('\n', at);
      if (newline < 0) return source.length;
      at = newline;
    }
  }

  #scan(): Kind | null {
    const { source, start } = this;
    if (start >= source.length) {
      this.end = start;
      return 'EOF';
    }
    const code = source.charCodeAt(start);
    if (isWordStart(code)) return this.#scanWord(code);
    if (isDigit(code) || (code === DOT && isDigit(source.charCodeAt(start + 1)))) return this.#scanNumber();
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return this.#scanString(start, false) ? 'STRING' : null;
    if (code === BACKQUOTE) return this.#scanEscaped();
    return this.#scanPunctuation(code);
  }

  #scanWord(first: number): Kind | null {
    const { source, start } = this;
    const quote = quoteAfterPrefix(source, start, first);
    if (quote > 0 && this.#scanPrefixed(quote, first)) return isB(first) ? 'BYTES' : 'STRING';
    let end = start + 1;
    while (isWordPart(source.charCodeAt(end))) end++;
    this.end = end;
    return end - start > 5 ? 'IDENTIFIER' : (KEYWORDS.get(source.slice(start, end)) ?? 'IDENTIFIER');
  }

  /** A prefix before a string that does not end is an identifier, and the quote after it the fault. */
  #scanPrefixed(quote: number, first: number): boolean {
    const known = this.issues.length;
    const raw = !isB(first) || quote - this.start === 2;
    if (this.#scanString(quote, raw)) return true;
    this.issues.length = known;
    return false;
  }

  #scanNumber(): Kind {
    const { source, start } = this;
    if (source.charCodeAt(start) === ZERO && source.charCodeAt(start + 1) === LOWER_X && isHex(source.charCodeAt(start + 2))) {
      this.end = runOf(isHex, source, start + 3);
      return this.#unsigned() ? 'NUM_UINT' : 'NUM_INT';
    }
    let end = runOf(isDigit, source, start);
    const whole = end;
    if (source.charCodeAt(end) === DOT && isDigit(source.charCodeAt(end + 1))) end = runOf(isDigit, source, end + 1);
    end = afterExponent(source, end);
    this.end = end;
    if (end > whole) return 'NUM_FLOAT';
    return this.#unsigned() ? 'NUM_UINT' : 'NUM_INT';
  }

  #unsigned(): boolean {
    const code = this.source.charCodeAt(this.end);
    if (code !== 117 && code !== 85) return false;
    this.end++;
    return true;
  }

  /** From its first quote; false where the string does not end, with the fault noted. */
  #scanString(open: number, raw: boolean): boolean {
    const { source } = this;
    const quote = source.charCodeAt(open);
    const empty = source.charCodeAt(open + 1) === quote;
    if (empty && source.charCodeAt(open + 2) === quote && this.#scanTriple(open, quote, raw)) return true;
    if (empty) {
      this.end = open + 2;
      return true;
    }
    for (let at = open + 1; ; at++) {
      const code = source.charCodeAt(at);
      if (code === quote) {
        this.end = at + 1;
        return true;
      }
      if (at >= source.length || code === 10 || code === 13) return this.#unknown(at);
      if (code !== BACKSLASH || raw) continue;
      const bad = badEscape(source, at);
      if (bad >= 0) return this.#unknown(bad);
      at++;
    }
  }

  #scanTriple(open: number, quote: number, raw: boolean): boolean {
    const { source } = this;
    for (let at = open + 3; at < source.length; at++) {
      const code = source.charCodeAt(at);
      if (code === quote && source.charCodeAt(at + 1) === quote && source.charCodeAt(at + 2) === quote) {
        this.end = at + 3;
        return true;
      }
      if (code !== BACKSLASH || raw) continue;
      if (badEscape(source, at) >= 0) return false;
      at++;
    }
    return false;
  }

  #scanEscaped(): Kind | null {
    const close = runOf(isFieldPart, this.source, this.start + 1);
    if (close === this.start + 1 || this.source.charCodeAt(close) !== BACKQUOTE) {
      this.#unknown(close);
      return null;
    }
    this.end = close + 1;
    return 'ESC_IDENTIFIER';
  }

  #scanPunctuation(code: number): Kind | null {
    const { source, start } = this;
    const pair = PAIRS.get(code);
    if (pair !== undefined && source.charCodeAt(start + 1) === pair.charCodeAt(1)) {
      this.end = start + 2;
      return pair;
    }
    const single = SINGLES.get(code);
    if (single === undefined) {
      this.#unknown(pair === undefined ? start : start + 1, pair);
      return null;
    }
    this.end = start + 1;
    return single;
  }

  /** Skips what begins no token, up to the character that shows it. */
  #unknown(at: number, hint?: string): false {
    const { source, start } = this;
    const width = (source.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    this.end = Math.min(at + width, source.length);
    const message = `Syntax error: token recognition error at: '${source.slice(start, this.end)}'`;
    this.issues.push(hint === undefined ? { at: start, message } : { at: start, message, hint });
    return false;
  }
}

const SPACE = 32;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const DOT = 46;
const SLASH = 47;
const ZERO = 48;
const BACKSLASH = 92;
const BACKQUOTE = 96;
const LOWER_X = 120;

const KEYWORDS: ReadonlyMap<string, Kind> = new Map([
  ['in', 'in'],
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
] as const);

const SINGLES: ReadonlyMap<number, Punctuation> = new Map(
  (['(', ')', '[', ']', '{', '}', '.', ',', ':', '?', '+', '-', '*', '/', '%', '!', '<', '>'] as const).map((text) => [
    text.charCodeAt(0),
    text,
  ]),
);

const PAIRS: ReadonlyMap<number, Punctuation> = new Map(
  (['<=', '>=', '==', '!=', '&&', '||'] as const).map((text) => [text.charCodeAt(0), text]),
);

/** Offset of the quote after `r`, `b` or `br`; 0 where there is none. */
function quoteAfterPrefix(source: string, start: number, first: number): number {
  if (!isB(first) && !isR(first)) return 0;
  const next = source.charCodeAt(start + 1);
  if (isQuote(next)) return start + 1;
  return isB(first) && isR(next) && isQuote(source.charCodeAt(start + 2)) ? start + 2 : 0;
}

function afterExponent(source: string, at: number): number {
  const code = source.charCodeAt(at);
  if (code !== 101 && code !== 69) return at;
  const sign = source.charCodeAt(at + 1);
  const digits = sign === 43 || sign === 45 ? at + 2 : at + 1;
  const end = runOf(isDigit, source, digits);
  return end > digits ? end : at;
}

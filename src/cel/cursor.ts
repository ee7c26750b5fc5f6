import { Lexer } from './lexer.ts';
import type { Kind } from './lexer.ts';

/** Thrown past the first error of syntax, which is noted by then. */
export const stop: unique symbol = Symbol('syntax error');

/** The tokens of an expression with what a parser says of those that do not fit, in the words of cel-go's. */
export class Cursor extends Lexer {
  /** Passes the token; gives where it starts. */
  take(): number {
    const { start } = this;
    this.advance();
    return start;
  }

  /** Passes the token where it is of the kind. */
  skip(kind: Kind): boolean {
    if (this.kind !== kind) return false;
    this.advance();
    return true;
  }

  expect(kind: Kind): number {
    if (this.kind !== kind) this.fail([kind]);
    return this.take();
  }

  /** Notes that the token is none of those expected, and stops. */
  fail(expected: readonly Kind[]): never {
    const names = expected.map(quoted);
    const set = names.length === 1 ? names.join('') : `{${names.join(', ')}}`;
    if (this.kind !== 'EOF' && expected.includes(this.peek())) this.refuse(`extraneous input '${this.text}' expecting ${set}`);
    const closing = names.length === 1 && (expected[0] === ')' || expected[0] === ']');
    if (closing && this.kind === 'EOF') this.refuse(`missing ${set} at '<EOF>'`);
    this.refuse(`mismatched input '${this.kind === 'EOF' ? '<EOF>' : this.text}' expecting ${set}`);
  }

  /** What follows a dot is no name. */
  failAfterDot(): never {
    const text = this.kind === 'EOF' ? '' : this.text;
    if (this.kind === 'true' || this.kind === 'false' || this.kind === 'null') this.fail(['IDENTIFIER']);
    this.refuse(`no viable alternative at input '.${text}'`);
  }

  refuse(message: string): never {
    this.issues.push({ at: this.start, message: `Syntax error: ${message}` });
    throw stop;
  }

  /** Notes what is wrong and goes on. */
  note(at: number, message: string): void {
    this.issues.push({ at, message });
  }
}

const BARE: ReadonlySet<Kind> = new Set<Kind>(['IDENTIFIER', 'ESC_IDENTIFIER', 'NUM_INT', 'NUM_UINT', 'NUM_FLOAT', 'STRING', 'BYTES']);

function quoted(kind: Kind): string {
  if (kind === 'EOF') return '<EOF>';
  return BARE.has(kind) ? kind : `'${kind}'`;
}

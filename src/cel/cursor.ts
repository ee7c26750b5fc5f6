import { Lexer } from './lexer.ts';
import type { Kind } from './lexer.ts';
import { OPERAND } from './operand.ts';

/** Thrown past the first error of syntax, which is noted by then. */
export const stop: unique symbol = Symbol('syntax error');

/** The tokens of an expression with what a parser says of those that do not fit, in the words of cel-go's. */
export class Cursor extends Lexer {
  /** From an error on until a token fits again, no error is noted: it would follow from that one. */
  #recovering = false;
  #recoveries = 0;

  /** Passes the token; gives where it starts. */
  take(): number {
    const { start } = this;
    this.#recovering = false;
    this.advance();
    return start;
  }

  /** Passes the token where it is of the kind. */
  skip(kind: Kind): boolean {
    if (this.kind !== kind) return false;
    this.take();
    return true;
  }

  expect(kind: Kind): number {
    if (this.kind !== kind) this.fail([kind]);
    return this.take();
  }

  /** Notes that the token is none of those expected, and stops. */
  fail(expected: readonly Kind[]): never {
    this.#refuse(this.#unexpected(expected));
    throw stop;
  }

  /** Notes that no operand begins here. Then either the token is passed, as one too many, or the cursor is where an operand may end. */
  missOperand(expected: readonly Kind[]): 'passed' | 'ended' {
    const message = this.#unexpected(expected);
    this.#refuse(message);
    if (!message.startsWith('extraneous')) return this.#resume();
    this.take();
    return 'passed';
  }

  /** Notes that what follows a dot is no name. */
  missName(): void {
    const isWord = this.kind === 'true' || this.kind === 'false' || this.kind === 'null';
    const text = this.kind === 'EOF' ? '' : this.text;
    this.#refuse(isWord ? `mismatched input '${text}' expecting IDENTIFIER` : `no viable alternative at input '.${text}'`);
    this.#resume();
  }

  /** Notes that a sign stands where none may. */
  missSigned(): never {
    this.#refuse(`no viable alternative at input '-${this.text}'`);
    throw stop;
  }

  #unexpected(expected: readonly Kind[]): string {
    const [only = 'EOF', ...others] = expected;
    const set = others.length === 0 ? quoted(only) : `{${expected.map(quoted).join(', ')}}`;
    if (this.kind !== 'EOF' && expected.includes(this.peek())) return `extraneous input '${this.text}' expecting ${set}`;
    const text = this.kind === 'EOF' ? '<EOF>' : this.text;
    const missing = others.length === 0 && (AFTER.get(only)?.has(this.kind) ?? false);
    return missing ? `missing ${set} at '${text}'` : `mismatched input '${text}' expecting ${set}`;
  }

  #resume(): 'ended' {
    while (!ENDS_OPERAND.has(this.kind)) this.advance();
    return 'ended';
  }

  #refuse(message: string): void {
    if (this.#recovering) return;
    if (this.#recoveries++ === MAX_RECOVERIES) throw stop;
    this.#recovering = true;
    this.issues.push({ at: this.start, message: `Syntax error: ${message}` });
  }

  /** Notes what is wrong and goes on. */
  note(at: number, message: string, hint?: string): void {
    this.issues.push(hint === undefined ? { at, message } : { at, message, hint });
  }
}

const MAX_RECOVERIES = 30;

const ENDS: readonly Kind[] = ['EOF', ')', ']', '}', ',', ':'];

const ENDS_OPERAND: ReadonlySet<Kind> = new Set<Kind>([
  ...ENDS,
  ...(['.', '[', '?', '+', '-', '*', '/', '%', '<', '<=', '>', '>=', '==', '!=', 'in', '&&', '||'] as const),
]);

/** What may stand after a token that is missing, so that no more than this token is. */
const AFTER: ReadonlyMap<Kind, ReadonlySet<Kind>> = new Map<Kind, ReadonlySet<Kind>>([
  [')', new Set(ENDS)],
  [']', new Set(ENDS)],
  [':', new Set<Kind>(OPERAND)],
]);

const BARE: ReadonlySet<Kind> = new Set<Kind>(['IDENTIFIER', 'ESC_IDENTIFIER', 'NUM_INT', 'NUM_UINT', 'NUM_FLOAT', 'STRING', 'BYTES']);

function quoted(kind: Kind): string {
  if (kind === 'EOF') return '<EOF>';
  return BARE.has(kind) ? kind : `'${kind}'`;
}

import type { Expr } from './ast.ts';
import { Cursor, stop } from './cursor.ts';
import { balanced, call, isNumber, qualifiedName, RELATIONS, RESERVED } from './grammar.ts';
import type { Issue } from './issue.ts';
import type { Kind } from './lexer.ts';
import { ARGUMENT, INDEX, OPERAND } from './operand.ts';
import { expandGlobal, expandMember } from './macros.ts';
import { readFieldName, readList, readMap, readStruct } from './read-aggregate.ts';
import { readLiteral } from './read-literal.ts';

/** What `parse` gives: an expression where there is no issue. */
export type Parsed = { readonly ok: true; readonly expr: Expr } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads an expression of CEL with Kubernetes' macros. Total: of any text. At most 100,000 code points, at most 250 levels deep. */
export function parse(source: string): Parsed {
  const tooLong = sizeIssue(source);
  if (tooLong !== null) return { ok: false, issues: [tooLong] };
  const parser = new Parser(source);
  try {
    const expr = parser.whole();
    if (parser.issues.length === 0) return { ok: true, expr };
  } catch (error) {
    if (error !== stop) throw error;
    parser.drain();
  }
  return { ok: false, issues: parser.issues };
}

const MAX_CODE_POINTS = 100_000;
const MAX_DEPTH = 250;

function sizeIssue(source: string): Issue | null {
  if (source.length <= MAX_CODE_POINTS) return null;
  let size = 0;
  for (const _ of source) size++;
  if (size <= MAX_CODE_POINTS) return null;
  return { at: -1, message: `expression code point size exceeds limit: size: ${size}, limit ${MAX_CODE_POINTS}` };
}

class Parser {
  readonly #cursor: Cursor;
  /** How deep the rules of cel-go's grammar are nested, each counted for itself. */
  #exprs = 0;
  #relations = 0;
  #sums = 0;
  /** Of the expressions read since the rule began, how high the highest is: so much the checker and the evaluator will recurse. */
  #height = 0;
  readonly #read = (): Expr => this.#expr();

  constructor(source: string) {
    this.#cursor = new Cursor(source);
  }

  get issues(): readonly Issue[] {
    return this.#cursor.issues;
  }

  whole(): Expr {
    const expr = this.#expr();
    if (this.#cursor.kind !== 'EOF') this.#cursor.fail(['EOF']);
    return expr;
  }

  /** Reads on to the end, for what is no token. */
  drain(): void {
    while (this.#cursor.kind !== 'EOF') this.#cursor.advance();
  }

  #limit(depth: number): void {
    if (depth > MAX_DEPTH) this.#tooDeep(`expression recursion limit exceeded: ${MAX_DEPTH}`);
  }

  /** One more node above those read. */
  #rise(): void {
    if (++this.#height > MAX_DEPTH) this.#tooDeep('max recursion depth exceeded');
  }

  #tooDeep(message: string): never {
    this.#cursor.note(-1, message);
    throw stop;
  }

  #expr(): Expr {
    this.#limit(++this.#exprs);
    const outer = this.#height;
    this.#height = 0;
    const condition = this.#or();
    const expr = this.#cursor.kind === '?' ? this.#conditional(condition) : condition;
    this.#height = Math.max(outer, this.#height);
    this.#exprs--;
    return expr;
  }

  #conditional(condition: Expr): Expr {
    const at = this.#cursor.take();
    const yes = this.#or();
    this.#cursor.expect(':');
    const no = this.#expr();
    this.#rise();
    return call('_?_:_', at, [condition, yes, no]);
  }

  #or(): Expr {
    const first = this.#and();
    if (this.#cursor.kind !== '||') return first;
    const terms = [first];
    const places: number[] = [];
    while (this.#cursor.kind === '||') {
      places.push(this.#cursor.take());
      terms.push(this.#and());
    }
    return balanced('_||_', terms, places, 0, places.length - 1);
  }

  #and(): Expr {
    const first = this.#relation();
    if (this.#cursor.kind !== '&&') return first;
    const terms = [first];
    const places: number[] = [];
    while (this.#cursor.kind === '&&') {
      places.push(this.#cursor.take());
      terms.push(this.#relation());
    }
    return balanced('_&&_', terms, places, 0, places.length - 1);
  }

  #relation(): Expr {
    const outer = this.#height;
    this.#height = 0;
    this.#limit(++this.#relations);
    let left = this.#sum();
    for (let name = RELATIONS.get(this.#cursor.kind); name !== undefined; name = RELATIONS.get(this.#cursor.kind)) {
      const at = this.#cursor.take();
      this.#limit(++this.#relations);
      left = call(name, at, [left, this.#sum()]);
      this.#relations--;
      this.#rise();
    }
    this.#relations--;
    this.#height = Math.max(outer, this.#height);
    return left;
  }

  #sum(): Expr {
    const outer = this.#height;
    this.#height = 0;
    this.#limit(++this.#sums);
    let left = this.#product();
    for (let { kind } = this.#cursor; kind === '+' || kind === '-'; { kind } = this.#cursor) {
      const at = this.#cursor.take();
      this.#limit(++this.#sums);
      left = call(kind === '+' ? '_+_' : '_-_', at, [left, this.#product()]);
      this.#sums--;
      this.#rise();
    }
    this.#sums--;
    this.#height = Math.max(outer, this.#height);
    return left;
  }

  #product(): Expr {
    const outer = this.#height;
    this.#height = 0;
    let left = this.#unary();
    for (let { kind } = this.#cursor; kind === '*' || kind === '/' || kind === '%'; { kind } = this.#cursor) {
      const at = this.#cursor.take();
      this.#limit(++this.#sums);
      left = call(`_${kind}_`, at, [left, this.#unary()]);
      this.#sums--;
      this.#rise();
    }
    this.#height = Math.max(outer, this.#height);
    return left;
  }

  #unary(): Expr {
    const cursor = this.#cursor;
    const { kind } = cursor;
    if (kind !== '!' && kind !== '-') return this.#member();
    const at = cursor.take();
    if (kind === '-' && isNumber(cursor.kind)) return this.#signed(at);
    let count = 1;
    while (cursor.skip(kind)) count++;
    if (kind === '-' && cursor.kind === '!') cursor.missSigned();
    const operand = this.#member();
    return count % 2 === 0 ? operand : call(`${kind}_`, at, [operand]);
  }

  #signed(sign: number): Expr {
    return this.#suffixes(readLiteral(this.#cursor, sign) ?? this.#cursor.fail(['NUM_FLOAT', 'NUM_INT']), false);
  }

  #member(): Expr {
    const outer = this.#height;
    this.#height = 0;
    const { kind } = this.#cursor;
    let expr: Expr;
    if (kind === 'IDENTIFIER' || kind === '.') expr = this.#name();
    else expr = kind === '-' ? this.#signed(this.#cursor.take()) : this.#suffixes(this.#primary(), false);
    this.#height = Math.max(outer, this.#height);
    return expr;
  }

  #primary(): Expr {
    switch (this.#cursor.kind) {
      case '(':
        return this.#nested();
      case '[':
        return readList(this.#cursor, this.#read);
      case '{':
        return readMap(this.#cursor, this.#read);
      default:
        return readLiteral(this.#cursor, -1) ?? this.#missing(OPERAND);
    }
  }

  /** What is read instead of an operand that is missing: the errors after it are told too. */
  #missing(expected: readonly Kind[]): Expr {
    const { start } = this.#cursor;
    return this.#cursor.missOperand(expected) === 'passed' ? this.#unary() : { kind: 'literal', at: start, value: null };
  }

  #nested(): Expr {
    this.#cursor.take();
    const expr = this.#expr();
    this.#cursor.expect(')');
    return expr;
  }

  #name(): Expr {
    const cursor = this.#cursor;
    const { start } = cursor;
    const dot = cursor.skip('.') ? '.' : '';
    const { kind, text } = cursor;
    if (kind !== 'IDENTIFIER') {
      cursor.missName();
      return { kind: 'literal', at: start, value: null };
    }
    const at = cursor.take();
    if (RESERVED.has(text)) cursor.note(start, `reserved identifier: ${text}`);
    const name = dot + text;
    if (cursor.kind !== '(') return this.#suffixes({ kind: 'ident', at, name }, true);
    const open = cursor.start;
    const args = this.#args();
    return this.#suffixes(expandGlobal(cursor, name, open, args) ?? call(name, open, args), false);
  }

  /** What follows an operand: fields, indices, calls, and the braces of a struct after a plain name. */
  #suffixes(operand: Expr, named: boolean): Expr {
    let expr = operand;
    let plain = named;
    for (let { kind } = this.#cursor; kind === '.' || kind === '[' || (kind === '{' && plain); { kind } = this.#cursor) {
      if (kind === '.') expr = this.#field(expr);
      else expr = kind === '[' ? this.#index(expr) : readStruct(this.#cursor, qualifiedName(expr), this.#read);
      if (kind !== '{') this.#rise();
      plain &&= expr.kind === 'select' && expr.form === 'field';
    }
    return expr;
  }

  #field(operand: Expr): Expr {
    const cursor = this.#cursor;
    const at = cursor.take();
    const form = cursor.skip('?') ? 'optional' : 'field';
    const field = readFieldName(cursor);
    if (cursor.kind !== '(' || form === 'optional') return { kind: 'select', at, operand, field, form };
    const open = cursor.start;
    const args = this.#args();
    return expandMember(cursor, field, open, operand, args) ?? { kind: 'call', at: open, name: field, target: operand, args };
  }

  #index(operand: Expr): Expr {
    const cursor = this.#cursor;
    const at = cursor.take();
    const optional = cursor.skip('?');
    if (cursor.kind === ']' || cursor.kind === 'EOF') cursor.fail(optional ? OPERAND : INDEX);
    const index = this.#expr();
    cursor.expect(']');
    return call(optional ? '_[?_]' : '_[_]', at, [operand, index]);
  }

  #args(): Expr[] {
    const cursor = this.#cursor;
    cursor.take();
    const args: Expr[] = [];
    if (cursor.kind === ',' || cursor.kind === 'EOF') cursor.fail(ARGUMENT);
    while (cursor.kind !== ')' || args.length > 0) {
      args.push(this.#expr());
      if (cursor.kind !== ',') break;
      cursor.take();
    }
    cursor.expect(')');
    return args;
  }
}

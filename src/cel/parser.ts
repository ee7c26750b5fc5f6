import type { Call, Expr } from './ast.ts';
import { Cursor, stop } from './cursor.ts';
import type { Issue } from './issue.ts';
import type { Kind } from './lexer.ts';
import { expandGlobal, expandMember } from './macros.ts';
import { readFieldName, readList, readMap, readStruct } from './read-aggregate.ts';
import { readLiteral } from './read-literal.ts';

/** What `parse` gives: an expression where there is no issue. */
export type Parsed = { readonly ok: true; readonly expr: Expr } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads an expression of CEL with Kubernetes' macros. Total: of any text. At most 100,000 code points, nested at most 250 deep. */
export function parse(source: string): Parsed {
  const tooLong = sizeIssue(source);
  if (tooLong !== null) return { ok: false, issues: [tooLong] };
  const parser = new Parser(source);
  try {
    const expr = parser.whole();
    if (parser.issues.length === 0) return { ok: true, expr };
  } catch (error) {
    if (error !== stop) throw error;
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

/** What may begin an operand, in the order in which cel-go's errors list it. */
const WORDS: readonly Kind[] = ['true', 'false', 'null', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER'];
const OPERAND: readonly Kind[] = ['[', '{', '(', '.', '-', '!', ...WORDS];
const ARGUMENT: readonly Kind[] = ['[', '{', '(', ')', '.', '-', '!', ...WORDS];
const INDEX: readonly Kind[] = ['[', '{', '(', '.', '-', '!', '?', ...WORDS];

const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

const RELATIONS: ReadonlyMap<Kind, string> = new Map<Kind, string>([
  ['==', '_==_'],
  ['!=', '_!=_'],
  ['<', '_<_'],
  ['<=', '_<=_'],
  ['>', '_>_'],
  ['>=', '_>=_'],
  ['in', '@in'],
]);

const call = (name: string, at: number, args: readonly Expr[]): Call => ({ kind: 'call', at, name, target: null, args });

const isNumber = (kind: Kind): boolean => kind === 'NUM_INT' || kind === 'NUM_FLOAT';

/** A chain of `&&` or `||` as a tree of little depth, so that thousands of terms fit any stack; the order stays. */
function balanced(name: string, terms: readonly Expr[], places: readonly number[], low: number, high: number): Expr {
  const middle = (low + high + 1) >> 1;
  const left = middle === low ? terms[low] : balanced(name, terms, places, low, middle - 1);
  const right = middle === high ? terms[high + 1] : balanced(name, terms, places, middle + 1, high);
  return call(
    name,
    places[middle] ?? 0,
    [left, right].filter((term) => term !== undefined),
  );
}

/** The dotted name of a chain of selects. */
function qualifiedName(expr: Expr): string {
  if (expr.kind === 'ident') return expr.name;
  return expr.kind === 'select' ? `${qualifiedName(expr.operand)}.${expr.field}` : '';
}

class Parser {
  readonly #cursor: Cursor;
  /** How deep each left-recursive rule of the grammar is nested, counted as cel-go counts. */
  #exprs = 0;
  #relations = 0;
  #sums = 0;
  #members = 0;
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

  #limit(depth: number): void {
    if (depth <= MAX_DEPTH) return;
    this.#cursor.note(-1, `expression recursion limit exceeded: ${MAX_DEPTH}`);
    throw stop;
  }

  #expr(): Expr {
    this.#limit(++this.#exprs);
    const condition = this.#or();
    const expr = this.#cursor.kind === '?' ? this.#conditional(condition) : condition;
    this.#exprs--;
    return expr;
  }

  #conditional(condition: Expr): Expr {
    const at = this.#cursor.take();
    const yes = this.#or();
    this.#cursor.expect(':');
    return call('_?_:_', at, [condition, yes, this.#expr()]);
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
    const outer = this.#relations;
    this.#limit(++this.#relations);
    let left = this.#sum();
    for (let name = RELATIONS.get(this.#cursor.kind); name !== undefined; name = RELATIONS.get(this.#cursor.kind)) {
      this.#limit(++this.#relations);
      left = call(name, this.#cursor.take(), [left, this.#sum()]);
    }
    this.#relations = outer;
    return left;
  }

  #sum(): Expr {
    const outer = this.#sums;
    this.#limit(++this.#sums);
    let left = this.#product();
    for (let { kind } = this.#cursor; kind === '+' || kind === '-'; { kind } = this.#cursor) {
      this.#limit(++this.#sums);
      left = call(kind === '+' ? '_+_' : '_-_', this.#cursor.take(), [left, this.#product()]);
    }
    this.#sums = outer;
    return left;
  }

  #product(): Expr {
    const outer = this.#sums;
    let left = this.#unary();
    for (let { kind } = this.#cursor; kind === '*' || kind === '/' || kind === '%'; { kind } = this.#cursor) {
      this.#limit(++this.#sums);
      left = call(`_${kind}_`, this.#cursor.take(), [left, this.#unary()]);
    }
    this.#sums = outer;
    return left;
  }

  #unary(): Expr {
    const cursor = this.#cursor;
    const { kind } = cursor;
    if (kind !== '!' && kind !== '-') return this.#member();
    const at = cursor.take();
    if (kind === '-' && isNumber(cursor.kind)) return this.#signed(at);
    let count = 1;
    for (; cursor.kind === kind; count++) cursor.take();
    if (kind === '-' && cursor.kind === '!') cursor.refuse("no viable alternative at input '-!'");
    const operand = this.#member();
    return count % 2 === 0 ? operand : call(`${kind}_`, at, [operand]);
  }

  #signed(sign: number): Expr {
    return this.#suffixes(readLiteral(this.#cursor, sign) ?? this.#cursor.fail(['NUM_FLOAT', 'NUM_INT']), false);
  }

  #member(): Expr {
    const { kind } = this.#cursor;
    if (kind === 'IDENTIFIER' || kind === '.') return this.#name();
    return kind === '-' ? this.#signed(this.#cursor.take()) : this.#suffixes(this.#primary(), false);
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
        return readLiteral(this.#cursor, -1) ?? this.#cursor.fail(OPERAND);
    }
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
    if (cursor.kind !== 'IDENTIFIER') cursor.failAfterDot();
    const { text } = cursor;
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
    const outer = this.#members;
    this.#limit(++this.#members);
    let expr = operand;
    let plain = named;
    for (let { kind } = this.#cursor; kind === '.' || kind === '[' || (kind === '{' && plain); { kind } = this.#cursor) {
      this.#limit(++this.#members);
      if (kind === '.') expr = this.#field(expr);
      else expr = kind === '[' ? this.#index(expr) : readStruct(this.#cursor, qualifiedName(expr), this.#read);
      plain &&= expr.kind === 'select' && expr.form === 'field';
    }
    this.#members = outer;
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

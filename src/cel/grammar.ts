import type { Call, Expr } from './ast.ts';
import type { Kind } from './lexer.ts';

/** Words that are no names, except after a dot. */
export const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** The functions behind the operators that compare. */
export const RELATIONS: ReadonlyMap<Kind, string> = new Map<Kind, string>([
  ['==', '_==_'],
  ['!=', '_!=_'],
  ['<', '_<_'],
  ['<=', '_<=_'],
  ['>', '_>_'],
  ['>=', '_>=_'],
  ['in', '@in'],
]);

/** A call that is no method's. */
export const call = (name: string, at: number, args: readonly Expr[]): Call => ({ kind: 'call', at, name, target: null, args });

export const isNumber = (kind: Kind): boolean => kind === 'NUM_INT' || kind === 'NUM_FLOAT';

/** A chain of `&&` or `||` as a tree of little depth, so that thousands of terms fit any stack; the order stays. */
export function balanced(name: string, terms: readonly Expr[], places: readonly number[], low: number, high: number): Expr {
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
export function qualifiedName(expr: Expr): string {
  if (expr.kind === 'ident') return expr.name;
  return expr.kind === 'select' ? `${qualifiedName(expr.operand)}.${expr.field}` : '';
}

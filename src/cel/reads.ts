import type { Expr } from './ast.ts';

/** A place that an expression reads: a variable, and the fields on the way; all that lies below is read too. */
export interface Read {
  readonly root: string;
  readonly fields: readonly string[];
}

/** What an expression reads of the variables of its environment. Where all of it is the same, so is the result. */
export function reads(expr: Expr, bound: readonly string[] = []): Read[] {
  const place = placeOf(expr);
  if (place !== null) return bound.includes(place.root) ? [] : [place];
  return childrenOf(expr).flatMap(({ child, binds }) => reads(child, binds.length === 0 ? bound : [...bound, ...binds]));
}

function placeOf(expr: Expr): Read | null {
  if (expr.kind === 'ident') return { root: expr.name.replace(/^\./, ''), fields: [] };
  if (expr.kind === 'select') return below(expr.operand, expr.field);
  if (expr.kind !== 'call' || (expr.name !== '_[_]' && expr.name !== '_[?_]')) return null;
  const [of, key] = expr.args;
  return of && key?.kind === 'literal' && typeof key.value === 'string' ? below(of, key.value) : null;
}

function below(operand: Expr, field: string): Read | null {
  const place = placeOf(operand);
  return place && { root: place.root, fields: [...place.fields, field] };
}

interface Child {
  readonly child: Expr;
  /** Names that stand for something of the expression itself there. */
  readonly binds: readonly string[];
}

const childrenOf = (expr: Expr): Child[] => children[expr.kind](expr as never);

const children: { readonly [K in Expr['kind']]: (expr: Extract<Expr, { kind: K }>) => Child[] } = {
  literal: () => [],
  ident: () => [],
  select: ({ operand }) => [free(operand)],
  call: ({ target, args }) => [...(target ? [target] : []), ...args].map(free),
  list: ({ items }) => items.map(({ value }) => free(value)),
  map: ({ entries }) => entries.flatMap(({ key, value }) => [free(key), free(value)]),
  struct: ({ fields }) => fields.map(({ value }) => free(value)),
  comprehension: ({ range, args, variables }) => [free(range), ...args.map((child) => ({ child, binds: variables }))],
};

function free(child: Expr): Child {
  return { child, binds: [] };
}

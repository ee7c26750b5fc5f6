import type { Variable } from '../../api/upstream/expressions.ts';
import type { Expr } from '../../cel/ast.ts';
import { parse } from '../../cel/parser.ts';
import { reads } from '../../cel/reads.ts';
import { formatPath } from '../../kube/field-path.ts';

/** Fields of the object, from its root down. */
type Place = readonly string[];

/** Fields that say of what is judged which one it is, and seldom are what is wrong with it. */
const identity = new Set(['kind', 'apiVersion', 'metadata.name', 'metadata.namespace']);

/** The field of the object that an expression judges: the closest that holds all that it reads, directly and through variables. Else `''`. */
export function judgedPath(expression: string, variables: readonly Variable[]): string {
  const parsed = parse(expression);
  const places = parsed.ok ? placesIn(parsed.expr, variables) : [];
  const telling = places.filter((place) => !identity.has(place.join('.')));
  return formatPath(closest(telling.length > 0 ? telling : places));
}

/** What all of the places have in common. */
export function closest([first = [], ...others]: readonly Place[]): Place {
  return others.reduce<Place>((a, b) => {
    const end = a.findIndex((field, index) => field !== b[index]);
    return end === -1 ? a : a.slice(0, end);
  }, first);
}

/** The place that an expression is, and nothing else: also through variables, and where it is optional. Null where it is more than that. */
export function placeOf(expr: Expr, variables: readonly Variable[]): Place | null {
  if (expr.kind === 'ident') return expr.name === 'object' ? [] : null;
  if (expr.kind === 'call' && expr.name === 'orValue' && expr.target !== null) return placeOf(expr.target, variables);
  if (expr.kind !== 'select') return null;
  if (expr.operand.kind === 'ident' && expr.operand.name === 'variables') return placeOfVariable(expr.field, variables);
  const place = placeOf(expr.operand, variables);
  return place && [...place, expr.field];
}

function placeOfVariable(name: string, variables: readonly Variable[]): Place | null {
  const { expr, before } = variableNamed(name, variables);
  if (expr === null) return null;
  return isObjectOrOld(expr) ? [] : placeOf(expr, before);
}

function placesIn(expr: Expr, variables: readonly Variable[]): Place[] {
  return reads(expr).flatMap(({ root, fields }) => {
    if (root === 'object') return fields.length > 0 ? [fields] : [];
    if (root !== 'variables') return [];
    const [name = '', ...below] = fields;
    const place = placeOfVariable(name, variables);
    if (place !== null) return place.length + below.length > 0 ? [[...place, ...below]] : [];
    const { expr: made, before } = variableNamed(name, variables);
    return made === null ? [] : placesIn(made, before);
  });
}

/** A variable sees those before it only, so following them ends. */
function variableNamed(name: string, variables: readonly Variable[]): { expr: Expr | null; before: readonly Variable[] } {
  const at = variables.findLastIndex((variable) => variable.name === name);
  const parsed = at === -1 ? null : parse(variables[at]?.expression ?? '');
  return { expr: parsed?.ok ? parsed.expr : null, before: variables.slice(0, Math.max(at, 0)) };
}

/** What stands for the object, and for the old one where it is deleted. */
function isObjectOrOld(expr: Expr): boolean {
  if (expr.kind !== 'call' || expr.name !== '_?_:_') return false;
  const [, yes, no] = expr.args;
  return [yes, no].every((branch) => branch?.kind === 'ident' && ['object', 'oldObject'].includes(branch.name));
}

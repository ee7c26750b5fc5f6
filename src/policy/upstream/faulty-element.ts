import type { Variable } from '../../api/upstream/expressions.ts';
import type { Comprehension, Expr } from '../../cel/ast.ts';
import { check } from '../../cel/check.ts';
import type { Environment } from '../../cel/environment.ts';
import { plan } from '../../cel/evaluate.ts';
import { parse } from '../../cel/parser.ts';
import type { Program } from '../../cel/program.ts';
import { reads } from '../../cel/reads.ts';
import type { Value } from '../../cel/value.ts';
import { formatPath } from '../../kube/field-path.ts';
import { closest, placeOf } from './judged-path.ts';

/** Of an expression that asks something of every element of one list of the object: what tells which of them is at fault. */
export interface FaultyElement {
  /** Gives the answer for each element. */
  readonly program: Pick<Program, 'source' | 'evaluate'>;
  /** Field path of the element at fault, or of the field in it, from the answers; null where none is. */
  readonly pathIn: (answers: Value) => string | null;
}

/** Null where the expression is of another form: not `list.all(x, …)` or `!list.exists(x, …)`, alone or beside others that ask nothing of lists. */
export function faultyElement(expression: string, variables: readonly Variable[], environment: Environment): FaultyElement | null {
  const parsed = parse(expression);
  const [found, ...more] = parsed.ok ? quantified(parsed.expr) : [];
  if (found === undefined || more.length > 0) return null;
  const { over, wrong } = found;
  const place = placeOf(over.range, variables);
  const [body] = over.args;
  const result = check({ ...over, macro: 'map' }, environment);
  if (place === null || body === undefined || !result.ok) return null;
  const evaluate = plan({ ...over, macro: 'map' }, result.checked);
  const field = fieldIn(body, over.variables[0] ?? '');
  return {
    program: { source: expression, evaluate },
    pathIn(answers) {
      const index = Array.isArray(answers) ? answers.indexOf(wrong) : -1;
      return index === -1 ? null : `${formatPath(place)}[${index}]${field === '' ? '' : `.${field}`}`;
    },
  };
}

interface Quantified {
  readonly over: Comprehension;
  /** The answer of an element that is at fault. */
  readonly wrong: boolean;
}

function quantified(expr: Expr): Quantified[] {
  if (expr.kind === 'comprehension') return expr.macro === 'all' && expr.variables.length === 1 ? [{ over: expr, wrong: false }] : [];
  if (expr.kind !== 'call') return [];
  const [first] = expr.args;
  if (expr.name === '_||_' || expr.name === '_&&_') return expr.args.flatMap(quantified);
  const negated = expr.name === '!_' && first?.kind === 'comprehension' && first.macro === 'exists' && first.variables.length === 1;
  return negated ? [{ over: first, wrong: true }] : [];
}

/** The closest field of the element that holds all that is asked of it, its name apart. */
function fieldIn(body: Expr, element: string): string {
  const places = reads(body).flatMap(({ root, fields }) => (root === element && fields.join() !== 'name' ? [fields] : []));
  return formatPath(closest(places));
}

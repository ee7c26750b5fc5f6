import type { Call, Expr } from './ast.ts';
import { mixedLiteral } from './check-aggregate.ts';
import type { Checking } from './checking.ts';
import { callWith } from './dispatch.ts';
import type { Overload } from './function.ts';
import type { Issue } from './issue.ts';
import { kindTest } from './kind.ts';
import { dyn } from './type.ts';
import { isError } from './value.ts';
import type { Value } from './value.ts';

/** What the API server asks of an expression beyond its types, once these are final: literals of one type, valid constants. */
export function validate(checking: Checking): void {
  for (const literal of checking.literals) mixedLiteral(checking, literal, checking.typeOf);
  for (const [call, candidates] of checking.overloads) {
    const issue = badLiteral(call, candidates) ?? badCall(checking, call, candidates);
    if (issue !== null) checking.issues.push(issue);
  }
}

/**
 * What makes the program itself fail, the first of it: a conversion of a constant, a constant pattern. The API server builds it
 * after it has looked at the type of the whole. Gives the values of constant conversions too.
 */
export function foldConstants(overloads: ReadonlyMap<Call, readonly Overload[]>): Issue | Map<Expr, Value> {
  const values = new Map<Expr, Value>();
  const valueOf = (expr: Expr): Value | undefined => (expr.kind === 'literal' ? expr.value : values.get(expr));
  // An argument comes before its call, since it was checked before.
  for (const [call, candidates] of overloads) {
    const args = operands(call, candidates).map(valueOf);
    if (args.every((arg) => arg === undefined)) continue;
    const message = badConstant(candidates, args);
    if (message !== null) return failed(call, message);
    const value = conversion(call, candidates, args);
    if (isError(value)) return failed(call, value.message);
    if (value !== undefined) values.set(call, value);
  }
  return values;
}

const failed = ({ at }: Call, message: string): Issue => ({ at, message: `program instantiation failed: ${message}`, whole: true });

/** Functions whose literal argument the API server tries out, with its place in the error. */
const TRIED: ReadonlySet<string> = new Set(['duration', 'timestamp']);

const CONVERSIONS: ReadonlySet<string> = new Set('bool bytes double duration dyn int string timestamp type uint'.split(' '));

function badLiteral({ name, args: [first] }: Call, candidates: readonly Overload[]): Issue | null {
  if (first?.kind !== 'literal') return null;
  if (name !== 'matches' && !TRIED.has(name)) return null;
  const bad =
    name === 'matches'
      ? candidates.some(({ constant }) => typeof constant?.([undefined, first.value]) === 'string')
      : isError(callWith(candidates, [first.value]));
  return bad ? { at: first.at, message: `invalid ${name} argument` } : null;
}

/** Asked of the only overload there is, where the constants are of the kinds that it takes. */
function badConstant([overload, ...others]: readonly Overload[], args: readonly (Value | undefined)[]): string | null {
  if (overload?.constant === undefined || others.length > 0) return null;
  const fit = args.every((arg, at) => arg === undefined || kindTest(overload.args[at] ?? dyn)(arg));
  return fit ? overload.constant(args) : null;
}

function badCall(checking: Checking, call: Call, candidates: readonly Overload[]): Issue | null {
  for (const { check } of candidates) {
    const issue = check?.(call, checking.typeOf) ?? null;
    if (issue !== null) return issue;
  }
  return null;
}

function operands({ target, args }: Call, candidates: readonly Overload[]): readonly Expr[] {
  return target !== null && candidates[0]?.member === true ? [target, ...args] : args;
}

function conversion({ name, target }: Call, candidates: readonly Overload[], args: readonly (Value | undefined)[]): Value | undefined {
  const [arg] = args;
  if (target !== null || !CONVERSIONS.has(name) || args.length !== 1 || arg === undefined || candidates.length === 0) return undefined;
  return callWith(candidates, [arg]);
}

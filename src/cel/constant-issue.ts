import type { Call, Expr } from './ast.ts';
import type { Checked } from './check.ts';
import { callWith } from './dispatch.ts';
import type { Overload } from './function.ts';
import type { Issue } from './issue.ts';
import { kindTest } from './kind.ts';
import { goType } from './member.ts';
import { dyn } from './type.ts';
import { isUnusable } from './type-names.ts';
import { Double, isError, MapValue, TypeValue, Uint } from './value.ts';
import type { Value } from './value.ts';

/**
 * What makes the program itself fail, the first of it: a conversion of a constant, a constant pattern, an index that is none.
 * The API server builds the program after it has looked at the type of the whole.
 */
export function constantIssue({ overloads, constants }: Checked): Issue | null {
  for (const [expr, value] of constants) {
    if (value instanceof TypeValue && isUnusable(value.name)) return failed(expr, `reference to undefined type: ${value.name}`);
  }
  const values = new Map(constants);
  // Arguments come before their call, since they were checked before.
  for (const [call, candidates] of overloads) {
    const args = operands(call, candidates).map((arg) => constantValue(arg, values));
    if (args.every((arg) => arg === undefined)) continue;
    const message = badIndex(call, args) ?? badConstant(candidates, args);
    if (message !== null) return failed(call, message);
    const value = conversion(call, candidates, args);
    if (isError(value)) return failed(call, value.message);
    if (value !== undefined) values.set(call, value);
  }
  return null;
}

const CONVERSIONS: ReadonlySet<string> = new Set('bool bytes double duration dyn int string timestamp type uint'.split(' '));

const failed = ({ at }: Expr, message: string): Issue => ({ at, message: `program instantiation failed: ${message}`, whole: true });

function operands({ target, args }: Call, candidates: readonly Overload[]): readonly Expr[] {
  return target !== null && candidates[0]?.member === true ? [target, ...args] : args;
}

/** Of a map, only that it is one. */
function constantValue(expr: Expr, known: ReadonlyMap<Expr, Value>): Value | undefined {
  if (expr.kind === 'literal') return expr.value;
  if (expr.kind === 'list') {
    const items = expr.items.map(({ value, optional }) => (optional ? undefined : constantValue(value, known)));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (expr.kind !== 'map') return known.get(expr);
  const constant = expr.entries.every(
    ({ key, value, optional }) => !optional && constantValue(key, known) !== undefined && constantValue(value, known) !== undefined,
  );
  return constant ? new MapValue(new Map()) : undefined;
}

function badIndex({ name }: Call, [, index]: readonly (Value | undefined)[]): string | null {
  if ((name !== '_[_]' && name !== '_[?_]') || index === undefined || isKey(index)) return null;
  return `invalid qualifier type: ${goType(index)}`;
}

const isKey = (value: Value): boolean =>
  ['string', 'number', 'bigint', 'boolean'].includes(typeof value) || value instanceof Uint || value instanceof Double;

/** Asked of the only overload there is, where the constants are of the kinds that it takes. */
function badConstant([overload, ...others]: readonly Overload[], args: readonly (Value | undefined)[]): string | null {
  if (overload?.constant === undefined || others.length > 0) return null;
  const fit = args.every((arg, at) => arg === undefined || kindTest(overload.args[at] ?? dyn)(arg));
  return fit ? overload.constant(args) : null;
}

function conversion({ name, target }: Call, candidates: readonly Overload[], args: readonly (Value | undefined)[]): Value | undefined {
  const [arg] = args;
  if (target !== null || !CONVERSIONS.has(name) || args.length !== 1 || arg === undefined || candidates.length === 0) return undefined;
  return callWith(candidates, [arg]);
}

import type { Call, Expr } from './ast.ts';
import type { Issue } from './issue.ts';
import type { Type } from './type.ts';
import type { Value } from './value.ts';

/** One way of calling a function: the row that checker, dispatch, cost and documentation read. */
export interface Overload {
  /** Function name: `startsWith`, `_+_`, `ip.isCanonical`. */
  readonly name: string;
  /** Whether the first argument is the receiver. */
  readonly member: boolean;
  /** The receiver first. */
  readonly args: readonly Type[];
  readonly result: Type;
  /**
   * Total: a failure is a `CelError`. Arguments are of the kinds that `args` says and never errors;
   * elements of lists and members of maps that come from JSON are raw: read them through `fromJson`.
   */
  readonly evaluate: (...args: Value[]) => Value;
  /** Runtime cost (cel-go units) of one call beyond its arguments; absent: 1. */
  readonly cost?: (args: readonly Value[], result: Value) => number;
  /** As `cost`, but counted only where the static types leave no overload but this one; else the call costs 1. */
  readonly knownCost?: (args: readonly Value[], result: Value) => number;
  /** `evaluate` takes whatever it is given, and refuses in its own words what it cannot take: no type is tested before the call. */
  readonly unguarded?: true;
  /**
   * What to evaluate instead where constant arguments let work be done beforehand; null where they do not. An argument that is an error
   * then ends the call before it costs anything.
   */
  readonly prepare?: (args: readonly (Value | undefined)[]) => Overload['evaluate'] | null;
  /** What is wrong with constant arguments, checked when the program is built; null where nothing is (regexes, formats, conversions). */
  readonly constant?: (args: readonly (Value | undefined)[]) => string | null;
  /** What is wrong with the call as it is written, checked when its types are known: clauses of a literal format against the arguments. */
  readonly check?: (call: Call, typeOf: (expr: Expr) => Type) => Issue | null;
}

/** Functions by name. */
export type Functions = ReadonlyMap<string, readonly Overload[]>;

/** A library is a table; libraries are joined by function name, keeping order. A row that is in two libraries counts once. */
export function functions(...libraries: readonly (readonly Overload[])[]): Functions {
  return Map.groupBy(new Set(libraries.flat()), ({ name }) => name);
}

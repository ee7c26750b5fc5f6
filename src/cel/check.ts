import type { Call, Expr } from './ast.ts';
import type { Overload } from './function.ts';
import type { Type } from './type.ts';
import type { Value } from './value.ts';

/** What the checker knows of an expression that compiles. */
export interface Checked {
  readonly type: Type;
  /** Type of every node, with nothing left open: a parameter that nothing bound is dyn. */
  readonly types: ReadonlyMap<Expr, Type>;
  /**
   * The overloads that may apply, in the order of their declaration: one where the types decide, several where an argument is dyn.
   * Where `member` is false and the call has a target, the target is part of the function's name and no expression.
   */
  readonly overloads: ReadonlyMap<Call, readonly Overload[]>;
  /** The variable that a select or an identifier with a leading dot stands for: `authorizer.requestResource`, `.object`. */
  readonly names: ReadonlyMap<Expr, string>;
  /** Values known before anything runs: names of types (`int`, `google.protobuf.Duration`). Literals are in the expression itself. */
  readonly constants: ReadonlyMap<Expr, Value>;
}

import type { Call, Expr, Literal } from './ast.ts';
import { checkList, checkMap, checkStruct } from './check-aggregate.ts';
import { checkCall } from './check-call.ts';
import { checkComprehension } from './check-comprehension.ts';
import { checkIdent, checkSelect } from './check-select.ts';
import { Checking } from './checking.ts';
import type { Environment } from './environment.ts';
import type { Overload } from './function.ts';
import type { Issue } from './issue.ts';
import { bool, bytes, double, int, nullType, string, uint } from './type.ts';
import type { Type } from './type.ts';
import { validate } from './validate.ts';
import { Double, Uint } from './value.ts';
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
  /** The variable that a select stands for as a whole: `authorizer.requestResource`. */
  readonly names: ReadonlyMap<Expr, string>;
  /** Values known before anything runs: names of types (`int`, `google.protobuf.Duration`). Literals are in the expression itself. */
  readonly constants: ReadonlyMap<Expr, Value>;
}

export type CheckResult = { readonly ok: true; readonly checked: Checked } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Finds the types of an expression as cel-go's checker does, as strictly, and tells every issue that it would. */
export function check(expr: Expr, environment: Environment): CheckResult {
  const checking = new Checking(environment, visit);
  const open = checking.visit(expr);
  if (checking.issues.length > 0) return { ok: false, issues: checking.issues };
  const { types, overloads, names, constants, substitution } = checking;
  for (const [node, type] of types) types.set(node, substitution.resolve(type, true));
  validate(checking);
  if (checking.issues.length > 0) return { ok: false, issues: checking.issues };
  return { ok: true, checked: { type: substitution.resolve(open, true), types, overloads, names, constants } };
}

function visit(checking: Checking, expr: Expr): Type {
  switch (expr.kind) {
    case 'literal':
      return literalType(expr);
    case 'ident':
      return checkIdent(checking, expr);
    case 'select':
      return checkSelect(checking, expr);
    case 'call':
      return checkCall(checking, expr);
    case 'list':
      return checkList(checking, expr);
    case 'map':
      return checkMap(checking, expr);
    case 'struct':
      return checkStruct(checking, expr);
    default:
      return checkComprehension(checking, expr);
  }
}

function literalType({ value }: Literal): Type {
  if (typeof value === 'string') return string;
  if (typeof value === 'boolean') return bool;
  if (value === null) return nullType;
  if (value instanceof Double) return double;
  if (value instanceof Uint) return uint;
  return value instanceof Uint8Array ? bytes : int;
}

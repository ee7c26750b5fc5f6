import type { Expr } from './ast.ts';
import type { Checked } from './check.ts';
import type { Unwrapped } from './optional-macro.ts';
import type { Step } from './step.ts';

/** Where the variables of the comprehensions around an expression are kept. */
export type Scope = ReadonlyMap<string, { readonly slot: number } | Unwrapped>;

/** What the planning of one expression shares. */
export interface Planner {
  readonly checked: Checked;
  readonly plan: (planner: Planner, expr: Expr, scope: Scope, counted: boolean) => Step;
  readonly newSlot: () => number;
}

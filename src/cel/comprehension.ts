import type { Comprehension, Expr } from './ast.ts';
import type { Loop } from './fold.ts';
import { planOptionalMap } from './optional-macro.ts';
import type { Planner, Scope } from './planner.ts';
import { planAll, planExists, planExistsOne } from './quantifier.ts';
import { planSortBy } from './sort-by.ts';
import type { Run, Step } from './step.ts';
import { planFilter, planListOf, planMapEntries, planMapOf } from './transform.ts';
import { dyn } from './type.ts';

/** A macro over a list, a map or an optional. */
export function planComprehension(planner: Planner, expr: Comprehension, scope: Scope): Step {
  const range = planner.plan(planner, expr.range, scope, true).run;
  if (expr.macro === 'optMap' || expr.macro === 'optFlatMap') return { run: planUnwrapping(planner, expr, scope, range) };
  if (expr.macro === 'sortBy') return { run: planSort(planner, expr, scope, range) };
  return { run: planLoop(planner, expr, scope, range) };
}

function planLoop(planner: Planner, expr: Comprehension, scope: Scope, range: Run): Run {
  const slots = expr.variables.map(planner.newSlot);
  const loop: Loop = { range, slots, result: planner.newSlot() };
  const inner: Scope = new Map([...scope, ...expr.variables.map((name, at) => [name, { slot: slots[at] ?? 0 }] as const)]);
  const steps = expr.args.map((arg) => planner.plan(planner, arg, inner, true));
  const last = steps.at(-1);
  if (last === undefined) throw new Error('a macro without an expression does not parse');
  const filter = (steps.length > 1 ? steps[0] : undefined) ?? null;
  switch (expr.macro) {
    case 'all':
      return planAll(loop, last.run);
    case 'exists':
      return planExists(loop, last.run);
    case 'existsOne':
      return planExistsOne(loop, last.run);
    case 'filter':
      return planFilter(loop, last);
    case 'transformMap':
      return planMapOf(loop, filter, last);
    case 'transformMapEntry':
      return planMapEntries(loop, filter, last);
    default:
      return planListOf(loop, filter, last);
  }
}

function planUnwrapping(planner: Planner, expr: Comprehension, scope: Scope, operand: Run): Run {
  const unwrapped = { slot: planner.newSlot(), owed: planner.newSlot() };
  const body = planner.plan(planner, only(expr.args), new Map([...scope, [expr.variables[0] ?? '', unwrapped]]), true);
  return planOptionalMap(operand, unwrapped, body.run, expr.macro === 'optFlatMap');
}

function planSort(planner: Planner, expr: Comprehension, scope: Scope, list: Run): Run {
  const items = planner.newSlot();
  const listed: Run = (frame) => {
    frame.meter.charge(1);
    return frame.slots[items] ?? null;
  };
  const key = only(expr.args);
  const keys = planLoop(planner, { ...expr, macro: 'map', args: [key] }, scope, listed);
  return planSortBy(list, items, keys, planner.checked.types.get(key) ?? dyn);
}

function only([expr]: readonly Expr[]): Expr {
  if (expr === undefined) throw new Error('a macro without an expression does not parse');
  return expr;
}

import type { Call, Expr } from './ast.ts';
import type { Checked } from './check.ts';
import { planCall } from './call.ts';
import { planComprehension } from './comprehension.ts';
import { planList, planMap } from './literal.ts';
import { spent, pending } from './meter.ts';
import type { Meter } from './meter.ts';
import { readUnwrapped } from './optional-macro.ts';
import type { Bindings } from './program.ts';
import { planConditional } from './logic.ts';
import { plain } from './qualified.ts';
import { planIndex, planSelect, rootOf } from './select.ts';
import { constantStep } from './step.ts';
import type { Frame, Run, Step } from './step.ts';
import { CelError } from './value.ts';
import type { Value } from './value.ts';
import type { Planner, Scope } from './planner.ts';

/**
 * Turns a checked expression into a function of the values of its variables. The function is total: errors are returned,
 * as are a spent budget and a fact that has still to be fetched. What it costs is counted as cel-go counts it.
 */
export function plan(expr: Expr, checked: Checked): (bindings: Bindings, meter: Meter) => Value {
  let slots = 0;
  const planner: Planner = { checked, plan: planExpr, newSlot: () => slots++ };
  const step = planExpr(planner, expr, new Map(), true);
  if (step.constant !== undefined) return () => step.constant as Value;
  const empty = Array.from<Value>({ length: slots }).fill(null);
  return (bindings, meter) => contain(step.run, { bindings, meter, slots: empty.slice() });
}

function contain(run: Run, frame: Frame): Value {
  try {
    return run(frame);
  } catch (reason) {
    if (reason === spent) return new CelError('operation cancelled: actual cost limit exceeded', 'Spent');
    if (reason === pending) return new CelError('a fact is wanted that is not known yet', 'Pending');
    return new CelError(`internal error: ${reason instanceof Error ? reason.message : 'something was thrown that is no error'}`);
  }
}

/** `counted` is whether the root of a path costs 1: not where the path is a branch of `?:` or an index. */
function planExpr(planner: Planner, expr: Expr, scope: Scope, counted: boolean): Step {
  const known = planner.checked.constants.get(expr);
  if (known !== undefined) return constantStep(known);
  const name = planner.checked.names.get(expr);
  if (name !== undefined) return planVariable(name, counted);
  switch (expr.kind) {
    case 'literal':
      return constantStep(expr.value);
    case 'ident':
      return planIdent(expr.name, scope, counted);
    case 'select':
      return planSelect(expr, planRoot(planner, expr.operand, scope, counted || expr.form === 'has'));
    case 'call':
      return planCallOf(planner, expr, scope, counted);
    case 'comprehension':
      return planComprehension(planner, expr, scope);
    default:
      return planLiteral(planner, expr, scope);
  }
}

function planLiteral(planner: Planner, expr: Expr, scope: Scope): Step {
  const step = (of: Expr): Step => planExpr(planner, of, scope, true);
  if (expr.kind === 'list') return planList(expr.items.map(({ value, optional }) => ({ value: step(value), optional })));
  if (expr.kind !== 'map') return constantStep(new CelError('no environment here has a message type'));
  return planMap(expr.entries.map(({ key, value, optional }) => ({ key: step(key), value: step(value), optional })));
}

function planIdent(name: string, scope: Scope, counted: boolean): Step {
  // A leading dot looks past no variable, in this version of cel-go.
  const local = scope.get(plain(name));
  if (local === undefined) return planVariable(plain(name), counted);
  if ('owed' in local) return { run: readUnwrapped(local, counted) };
  const { slot } = local;
  if (!counted) return { run: (frame) => frame.slots[slot] ?? null };
  return {
    run: (frame) => {
      frame.meter.charge(1);
      return frame.slots[slot] ?? null;
    },
  };
}

function planVariable(name: string, counted: boolean): Step {
  const cost = counted ? 1 : 0;
  return {
    run: (frame) => {
      frame.meter.charge(cost);
      return frame.bindings[name] ?? absent(frame.bindings, name);
    },
  };
}

function absent(bindings: Bindings, name: string): Value {
  return Object.hasOwn(bindings, name) && bindings[name] === null ? null : new CelError(`no such attribute(s): ${name}`);
}

/** What a path starts from. */
function planRoot(planner: Planner, expr: Expr, scope: Scope, counted: boolean): Step {
  const step = planExpr(planner, expr, scope, counted);
  return isPath(planner, expr) ? step : rootOf(step, counted);
}

function isPath(planner: Planner, expr: Expr): boolean {
  if (planner.checked.constants.has(expr)) return false;
  // cel-go writes both macros out as a conditional.
  if (expr.kind === 'comprehension') return expr.macro === 'optMap' || expr.macro === 'optFlatMap';
  return expr.kind === 'ident' || expr.kind === 'select' || (expr.kind === 'call' && pathCalls.has(expr.name));
}

const pathCalls: ReadonlySet<string> = new Set(['_[_]', '_[?_]', '_?_:_']);

function planCallOf(planner: Planner, call: Call, scope: Scope, counted: boolean): Step {
  const step = (expr: Expr): Step => planExpr(planner, expr, scope, true);
  const uncounted = (expr: Expr): Step => planExpr(planner, expr, scope, false);
  const [first, second, third] = call.args;
  if (first !== undefined && second !== undefined) {
    if (call.name === '_[_]' || call.name === '_[?_]') {
      return planIndex(
        planRoot(planner, first, scope, counted),
        isPath(planner, second) ? uncounted(second) : step(second),
        call.name === '_[?_]',
      );
    }
    if (call.name === '_?_:_' && third !== undefined) return planConditional(step(first).run, uncounted(second).run, uncounted(third).run);
  }
  return planCall(call, planner.checked.overloads.get(call) ?? [], step);
}

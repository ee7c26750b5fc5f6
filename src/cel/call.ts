import type { Call, Expr } from './ast.ts';
import { callWith, planOverloads } from './dispatch.ts';
import { planEqual, planNotEqual } from './equality-call.ts';
import type { Overload } from './function.ts';
import { planAnd, planNot, planOr } from './logic.ts';
import { planMembership } from './membership.ts';
import { planPrepared } from './prepared-call.ts';
import { constantStep, isConstant } from './step.ts';
import type { Run, Step } from './step.ts';
import { Optional } from './value.ts';

/** A call of a function or of an operator. `planArg` plans an argument. */
export function planCall(call: Call, candidates: readonly Overload[], planArg: (expr: Expr) => Step): Step {
  const member = call.target !== null && (candidates[0]?.member ?? true);
  const args = (member ? [call.target, ...call.args] : call.args).map(planArg);
  const [first, second] = args;
  if (first !== undefined && second !== undefined && args.length === 2) {
    const special = planBinary(call.name, candidates, first, second);
    if (special !== null) return special;
  }
  if (call.name === '!_' && first !== undefined) return planNot(first.run);
  if (args.length === 1 && first !== undefined && !member && conversions.has(call.name) && isConstant(first)) {
    return constantStep(callWith(candidates, [first.constant]));
  }
  const prepared = planPrepared(candidates, args);
  if (prepared !== null) return prepared;
  return planOverloads(
    candidates,
    args.map(({ run }) => run),
  );
}

function planBinary(name: string, candidates: readonly Overload[], left: Step, right: Step): Step | null {
  switch (name) {
    case '_&&_':
      return planAnd(left.run, right.run);
    case '_||_':
      return planOr(left.run, right.run);
    case '_==_':
      return planEqual(left.run, right.run);
    case '_!=_':
      return planNotEqual(left.run, right.run);
    case '@in':
      return planMembership(candidates, left, right);
    case 'or':
      return { run: orElse(left.run, right.run, (optional) => optional) };
    case 'orValue':
      return { run: orElse(left.run, right.run, (optional) => optional.value ?? null) };
    default:
      return null;
  }
}

/** The second is evaluated only where the first has no value. Costs nothing itself. */
function orElse(left: Run, right: Run, take: (optional: Optional) => ReturnType<Run>): Run {
  return (frame) => {
    const first = left(frame);
    if (!(first instanceof Optional)) return first;
    return first.value === undefined ? right(frame) : take(first);
  };
}

/** Conversions of constants are constants. */
const conversions: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
]);

import type { Overload } from './function.ts';
import { fitsAll, kindTest } from './kind.ts';
import type { KindTest } from './kind.ts';
import type { Frame, Run, Step } from './step.ts';
import { CelError, isError } from './value.ts';
import type { Value } from './value.ts';
import { valueType } from './value-type.ts';

/**
 * A call of one of several overloads, by the kinds of its arguments. An argument that is an error is the result,
 * after all arguments were evaluated where there are no more than two.
 */
export function planOverloads(candidates: readonly Overload[], args: readonly Run[]): Step {
  const target = callee(candidates);
  const [first, second] = args;
  if (first === undefined) return { run: (frame) => charged(frame, target, []) };
  if (args.length === 1) return { run: unary(target, first) };
  return { run: second !== undefined && args.length === 2 ? binary(target, first, second) : variadic(target, args) };
}

/** What a call on given values gives, without any cost. */
export const callWith = (candidates: readonly Overload[], args: readonly Value[]): Value => {
  const target = callee(candidates);
  return (target.select(args) ?? target.refuse)(...args);
};

type Evaluate = Overload['evaluate'];

interface Callee {
  /** Undefined: none fits. */
  readonly select: (args: readonly Value[]) => Evaluate | undefined;
  readonly refuse: (...args: Value[]) => CelError;
  readonly cost: ((args: readonly Value[], result: Value) => number) | undefined;
}

function callee(candidates: readonly Overload[]): Callee {
  const [first] = candidates;
  if (first === undefined) throw new Error('a call without an overload does not compile');
  const refuse = (...args: Value[]): CelError => new CelError(`no such overload: ${first.name}(${args.map(valueType).join(', ')})`);
  const cost = candidates.length === 1 ? (first.knownCost ?? first.cost) : first.cost;
  if (first.unguarded === true) return { select: () => first.evaluate, refuse, cost };
  const tested = candidates.map(({ args, evaluate }) => ({
    evaluate,
    fits: argumentTest(args.map((type) => (fitsAll(type) ? null : kindTest(type)))),
  }));
  const [only] = tested;
  if (tested.length === 1 && only !== undefined) return { select: (args) => (only.fits(args) ? only.evaluate : undefined), refuse, cost };
  return { select: (args) => tested.find(({ fits }) => fits(args))?.evaluate, refuse, cost };
}

function argumentTest(tests: readonly (KindTest | null)[]): (args: readonly Value[]) => boolean {
  return (args) => {
    for (let at = 0; at < tests.length; at++) {
      const test = tests[at] ?? null;
      if (test !== null && !test(args[at] ?? null)) return false;
    }
    return true;
  };
}

function unary(target: Callee, argument: Run): Run {
  return (frame) => {
    const value = argument(frame);
    return isError(value) ? failed(frame, target, [value], value) : charged(frame, target, [value]);
  };
}

function binary(target: Callee, left: Run, right: Run): Run {
  return (frame) => {
    const [first, second] = [left(frame), right(frame)];
    const error = isError(first) ? first : isError(second) ? second : null;
    return error === null ? charged(frame, target, [first, second]) : failed(frame, target, [first, second], error);
  };
}

function variadic(target: Callee, args: readonly Run[]): Run {
  return (frame) => {
    const values: Value[] = [];
    for (const argument of args) {
      const value = argument(frame);
      values.push(value);
      if (isError(value)) return values.length === args.length ? failed(frame, target, values, value) : value;
    }
    return charged(frame, target, values);
  };
}

function charged(frame: Frame, target: Callee, args: readonly Value[]): Value {
  const evaluate = target.select(args);
  if (evaluate === undefined) return failed(frame, target, args, target.refuse(...args));
  const result = evaluate(...args);
  frame.meter.charge(target.cost === undefined ? 1 : target.cost(args, result));
  return result;
}

/** A call whose arguments are all there is counted, though one is an error, which has size 1. */
function failed(frame: Frame, target: Callee, args: readonly Value[], error: CelError): CelError {
  frame.meter.charge(target.cost === undefined ? 1 : costOfFailure(target.cost, args, error));
  return error;
}

/** The cost of an overload is written for arguments that fit. */
function costOfFailure(cost: NonNullable<Callee['cost']>, args: readonly Value[], error: CelError): number {
  try {
    const units = cost(args, error);
    return Number.isFinite(units) ? units : 1;
  } catch {
    return 1;
  }
}

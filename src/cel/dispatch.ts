import type { Overload } from './function.ts';
import { fitsAll, kindTest } from './kind.ts';
import type { KindTest } from './kind.ts';
import type { Frame, Run, Step } from './step.ts';
import { strainBy, strainOf, strainOfPairs, strainOfResult } from './strain.ts';
import type { Strain } from './strain.ts';
import { CelError, isError } from './value.ts';
import type { Value } from './value.ts';
import { valueType } from './value-type.ts';

/**
 * A call of one of several overloads, by the kinds of its arguments. An argument that is an error is the result: of two arguments both
 * are evaluated before, of more, or where it is not known beforehand which overload it is, none after it.
 */
export function planOverloads(candidates: readonly Overload[], args: readonly Run[]): Step {
  const target = calleeOf(candidates);
  const [first, second] = args;
  if (first === undefined) return { run: (frame) => charged(frame, target, []) };
  if (args.length === 1) return { run: unary(target, first) };
  return {
    run: second !== undefined && args.length === 2 && isBinary(candidates) ? binary(target, first, second) : variadic(target, args),
  };
}

/** Operators are one function whatever they are given. */
const isBinary = ([first, ...others]: readonly Overload[]): boolean =>
  first?.name.startsWith('_') === true || (others.length === 0 && first?.name !== 'format');

/** What a call on given values gives, without any cost. */
export function callWith(candidates: readonly Overload[], args: readonly Value[]): Value {
  const target = calleeOf(candidates);
  return (select(target, args) ?? target.refuse)(...args);
}

type Evaluate = Overload['evaluate'];

interface Candidate {
  readonly evaluate: Evaluate;
  readonly tests: readonly KindTest[];
  readonly first: KindTest;
  readonly second: KindTest;
}

interface Callee {
  readonly candidates: readonly Candidate[];
  readonly refuse: (...args: Value[]) => CelError;
  readonly cost: ((args: readonly Value[], result: Value) => number) | undefined;
  readonly strain: Strain;
}

function calleeOf(overloads: readonly Overload[]): Callee {
  const [first] = overloads;
  if (first === undefined) throw new Error('a call without an overload does not compile');
  return {
    candidates: (first.unguarded === true ? [first] : overloads).map(candidateOf),
    refuse: (...args) => new CelError(`no such overload: ${first.name}(${args.map(valueType).join(', ')})`),
    cost: overloads.length === 1 ? (first.knownCost ?? first.cost) : first.cost,
    strain: strainOf(first.name, first.args.length),
  };
}

function candidateOf({ args, evaluate, unguarded }: Overload): Candidate {
  const tests = args.map((type) => (unguarded === true || fitsAll(type) ? anything : kindTest(type)));
  return { evaluate, tests, first: tests[0] ?? anything, second: tests[1] ?? anything };
}

const anything: KindTest = () => true;

function select({ candidates }: Callee, args: readonly Value[]): Evaluate | undefined {
  return candidates.find(({ tests }) => tests.every((test, at) => test(args[at] ?? null)))?.evaluate;
}

function unary(target: Callee, argument: Run): Run {
  const { candidates, cost, strain } = target;
  return (frame) => {
    const value = argument(frame);
    if (isError(value)) return failed(frame, target, [value], value);
    for (const { first, evaluate } of candidates) {
      if (!first(value)) continue;
      frame.meter.strain(strain.call + strainBy(value, strain) + strainOfPairs([value], strain));
      const result = evaluate(value);
      frame.meter.charge(cost === undefined ? 1 : cost([value], result));
      frame.meter.strain(strainOfResult(value, result, strain));
      return result;
    }
    return failed(frame, target, [value], target.refuse(value));
  };
}

function binary(target: Callee, left: Run, right: Run): Run {
  const { candidates, cost, strain } = target;
  return (frame) => {
    const one = left(frame);
    const other = right(frame);
    if (isError(one)) return failed(frame, target, [one, other], one);
    if (isError(other)) return failed(frame, target, [one, other], other);
    for (const { first, second, evaluate } of candidates) {
      if (!first(one) || !second(other)) continue;
      frame.meter.strain(strain.call + strainBy(one, strain) + strainBy(other, strain) + strainOfPairs([one, other], strain));
      const result = evaluate(one, other);
      frame.meter.charge(cost === undefined ? 1 : cost([one, other], result));
      frame.meter.strain(strainBy(result, strain));
      return result;
    }
    return failed(frame, target, [one, other], target.refuse(one, other));
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
  const evaluate = select(target, args);
  if (evaluate === undefined) return failed(frame, target, args, target.refuse(...args));
  for (const arg of args) frame.meter.strain(strainBy(arg, target.strain));
  frame.meter.strain(target.strain.call);
  const result = evaluate(...args);
  frame.meter.charge(target.cost === undefined ? 1 : target.cost(args, result));
  frame.meter.strain(strainBy(result, target.strain));
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

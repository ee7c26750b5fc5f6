import type { Overload } from './function.ts';
import { isConstant } from './step.ts';
import type { Run, Step } from './step.ts';
import { strainBy, strainOf } from './strain.ts';
import type { Strain } from './strain.ts';
import { isError } from './value.ts';
import type { Value } from './value.ts';

/** A call that constant arguments let be prepared: a regular expression is compiled once. Null where none can. */
export function planPrepared(candidates: readonly Overload[], args: readonly Step[]): Step | null {
  const [only] = candidates;
  if (only?.prepare === undefined || candidates.length > 1) return null;
  const evaluate = only.prepare(args.map((arg) => (isConstant(arg) ? arg.constant : undefined)));
  if (evaluate === null) return null;
  const call: Prepared = { evaluate, cost: only.cost ?? one, strain: strainOf(only.name, 0) };
  const [first, second] = args;
  if (first !== undefined && second !== undefined && args.length === 2 && isConstant(second)) {
    return { run: withConstant(call, first.run, second.constant) };
  }
  return { run: withAll(call, args.map(({ run }) => run)) }; // prettier-ignore
}

interface Prepared {
  readonly evaluate: Overload['evaluate'];
  readonly cost: NonNullable<Overload['cost']>;
  readonly strain: Strain;
}

const one = (): number => 1;

function withConstant({ evaluate, cost, strain }: Prepared, run: Run, constant: Value): Run {
  return (frame) => {
    const value = run(frame);
    if (isError(value)) return value;
    frame.meter.strain(strain.call + strainBy(value, strain));
    const result = evaluate(value, constant);
    frame.meter.charge(cost([value, constant], result));
    return result;
  };
}

function withAll({ evaluate, cost, strain }: Prepared, runs: readonly Run[]): Run {
  return (frame) => {
    const values: Value[] = [];
    for (const run of runs) {
      const value = run(frame);
      if (isError(value) && values.length < runs.length - 1) return value;
      values.push(value);
    }
    frame.meter.strain(strain.call + strainBy(values[0] ?? null, strain));
    const last = values.at(-1) ?? null;
    const result = isError(last) ? last : evaluate(...values);
    frame.meter.charge(cost(values, result));
    return result;
  };
}

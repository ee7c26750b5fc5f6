import { noSuchOverload } from './step.ts';
import type { Run, Step } from './step.ts';
import { isError } from './value.ts';
import type { CelError, Value } from './value.ts';

/** `&&`: a side that is false wins over an error of the other; of two errors, the first. Costs nothing. */
export function planAnd(left: Run, right: Run): Step {
  return {
    run: (frame) => {
      const first = left(frame);
      if (first === false) return false;
      const second = right(frame);
      return first === true ? asBool(second) : second === false ? false : refusal(first);
    },
  };
}

/** `||`: a side that is true wins over an error of the other. */
export function planOr(left: Run, right: Run): Step {
  return {
    run: (frame) => {
      const first = left(frame);
      if (first === true) return true;
      const second = right(frame);
      return first === false ? asBool(second) : second === true ? true : refusal(first);
    },
  };
}

/** `condition ? yes : no`: absorbs nothing, and costs nothing itself. */
export function planConditional(condition: Run, yes: Run, no: Run): Step {
  return {
    run: (frame) => {
      const decided = condition(frame);
      if (decided === true) return yes(frame);
      return decided === false ? no(frame) : refusal(decided);
    },
  };
}

export function planNot(operand: Run): Step {
  return {
    run: (frame) => {
      const value = operand(frame);
      frame.meter.charge(1);
      return typeof value === 'boolean' ? !value : refusal(value);
    },
  };
}

/** What a value gives where a bool is wanted: itself, its error, or the refusal of its type. */
export const asBool = (value: Value): boolean | CelError => (typeof value === 'boolean' ? value : refusal(value));

export const refusal = (value: Value): CelError => (isError(value) ? value : noSuchOverload());

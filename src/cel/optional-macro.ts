import type { Run } from './step.ts';
import { none } from './take-step.ts';
import { CelError, isError, Optional } from './value.ts';
import type { Value } from './value.ts';
import { valueType } from './value-type.ts';

/** Where the variable of `optMap` stands, and where what its first use still owes is kept: cel-go evaluates the optional once more then. */
export interface Unwrapped {
  readonly slot: number;
  readonly owed: number;
}

/** `optMap`, and `optFlatMap`, whose expression gives an optional itself. */
export function planOptionalMap(operand: Run, { slot, owed }: Unwrapped, body: Run, flat: boolean): Run {
  return (frame) => {
    const before = frame.meter.cost;
    const optional = operand(frame);
    frame.meter.charge(1);
    if (isError(optional)) return optional;
    if (!(optional instanceof Optional)) return new CelError(`no such overload: hasValue(${valueType(optional)})`);
    if (optional.value === undefined) {
      frame.meter.charge(1);
      return none;
    }
    frame.slots[slot] = optional.value;
    frame.slots[owed] = frame.meter.cost - before;
    return flat ? body(frame) : wrap(body(frame), frame.meter);
  };
}

/** Reads the variable, and pays what its first use owes. `counted` is whether the reading itself costs. */
export function readUnwrapped({ slot, owed }: Unwrapped, counted: boolean): Run {
  const cost = counted ? 1 : 0;
  return (frame) => {
    const due = frame.slots[owed];
    frame.meter.charge(cost + (typeof due === 'number' ? due : 0));
    frame.slots[owed] = 0;
    return frame.slots[slot] ?? null;
  };
}

function wrap(value: Value, meter: { charge(units: number): void }): Value {
  meter.charge(1);
  return isError(value) ? value : new Optional(value);
}

import { mapKey } from './equality.ts';
import { constantStep, isConstant } from './step.ts';
import type { Frame, Run, Step } from './step.ts';
import { CelError, isError, MapValue, Optional } from './value.ts';
import type { MapKey, Value } from './value.ts';
import { valueText } from './value-text.ts';

export interface PlannedItem {
  readonly value: Step;
  readonly optional: boolean;
}

export interface PlannedEntry extends PlannedItem {
  readonly key: Step;
}

/** A list costs 10, a constant one nothing: it is made once. */
export function planList(items: readonly PlannedItem[]): Step {
  const run = items.some(({ optional }) => optional) ? listWithOptionals(items) : plainList(items.map(({ value }) => value.run));
  if (items.every(({ value, optional }) => !optional && isConstant(value)))
    return constantStep(items.map(({ value }) => value.constant ?? null));
  return charged(10, run);
}

/** A map costs 30, a constant one nothing. Of equal keys, the last wins. */
export function planMap(entries: readonly PlannedEntry[]): Step {
  if (entries.every(({ key, value, optional }) => !optional && isConstant(key) && isConstant(value))) {
    const made = new Map<MapKey, readonly [Value, Value]>();
    const failed = entries.map(({ key, value }) => put(made, key.constant ?? null, value.constant ?? null)).find((error) => error !== null);
    return constantStep(failed ?? new MapValue(made));
  }
  return charged(30, (frame) => buildMap(entries, frame));
}

function charged(cost: number, run: Run): Step {
  return {
    run: (frame) => {
      const value = run(frame);
      frame.meter.charge(cost);
      return value;
    },
  };
}

function plainList(items: readonly Run[]): Run {
  return (frame) => {
    const made: Value[] = [];
    for (const item of items) {
      const value = item(frame);
      if (isError(value)) return value;
      made.push(value);
    }
    return made;
  };
}

function listWithOptionals(items: readonly PlannedItem[]): Run {
  return (frame) => {
    const made: Value[] = [];
    for (const { value: step, optional } of items) {
      const value = step.run(frame);
      if (isError(value)) return value;
      if (!optional) made.push(value);
      else if (!(value instanceof Optional))
        return new CelError(`cannot initialize optional list element from non-optional value ${valueText(value)}`);
      else if (value.value !== undefined) made.push(value.value);
    }
    return made;
  };
}

function buildMap(entries: readonly PlannedEntry[], frame: Frame): Value {
  const made = new Map<MapKey, readonly [Value, Value]>();
  for (const entry of entries) {
    const key = entry.key.run(frame);
    if (isError(key)) return key;
    const value = entry.value.run(frame);
    if (isError(value)) return value;
    const failed = entry.optional ? putOptional(made, key, value) : put(made, key, value);
    if (failed !== null) return failed;
  }
  return new MapValue(made);
}

function put(made: Map<MapKey, readonly [Value, Value]>, key: Value, value: Value): CelError | null {
  const plain = mapKey(key);
  if (plain === undefined) return new CelError('unsupported key type');
  made.set(plain, [key, value]);
  return null;
}

function putOptional(made: Map<MapKey, readonly [Value, Value]>, key: Value, value: Value): CelError | null {
  if (!(value instanceof Optional)) {
    return new CelError(`cannot initialize optional entry '${valueText(key)}' from non-optional value ${valueText(value)}`);
  }
  if (value.value !== undefined) return put(made, key, value.value);
  const plain = mapKey(key);
  if (plain !== undefined) made.delete(plain);
  return null;
}

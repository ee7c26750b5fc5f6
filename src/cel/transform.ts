import { mapEntries, mapKey } from './equality.ts';
import { runLoop } from './fold.ts';
import type { Loop } from './fold.ts';
import { refusal } from './logic.ts';
import { isConstant } from './step.ts';
import type { Frame, Run, Step } from './step.ts';
import { CelError, isError, MapValue } from './value.ts';
import type { MapKey, Value } from './value.ts';
import { isMap, valueType } from './value-type.ts';
import { valueText } from './value-text.ts';

/** `map` and `transformList`. An element that is taken costs 12 beside what is made of it, 2 where that is a constant; one that is dropped nothing. */
export function planListOf(loop: Loop, filter: Step | null, element: Step): Run {
  const cost = isConstant(element) ? 2 : 12;
  return gather(loop, filter, (frame, before) => {
    const value = element.run(frame);
    frame.meter.charge(cost);
    if (isError(before)) return before;
    if (isError(value)) return value;
    (before as Value[]).push(value);
    return before;
  });
}

/** `filter`: an element that is kept costs 13. */
export function planFilter(loop: Loop, test: Step): Run {
  const [slot = 0] = loop.slots;
  const element = (frame: Frame): Value => frame.slots[slot] ?? null;
  return gather(loop, test, (frame, before) => {
    frame.meter.charge(13);
    if (isError(before)) return before;
    (before as Value[]).push(element(frame));
    return before;
  });
}

/** `transformMap`: an entry costs 3 beside its value. */
export function planMapOf(loop: Loop, filter: Step | null, value: Step): Run {
  const [slot = 0] = loop.slots;
  const insert = (frame: Frame, before: Value): Value => {
    if (isError(before)) {
      frame.meter.charge(1);
      return before;
    }
    const made = value.run(frame);
    frame.meter.charge(3);
    return isError(made) ? made : (insertEntry(before, frame.slots[slot] ?? null, made) ?? before);
  };
  return gather(loop, filter, insert, () => new MapValue(new Map()));
}

/** `transformMapEntry`: what is made of an element is a map, whose entries join the result. Costs 2 beside it. */
export function planMapEntries(loop: Loop, filter: Step | null, entry: Step): Run {
  const insert = (frame: Frame, before: Value): Value => {
    const made = entry.run(frame);
    frame.meter.charge(2);
    if (isError(before)) return before;
    if (isError(made)) return made;
    return isMap(made) ? insertAll(before, made) : new CelError(`no such overload: cel.@mapInsert(map, ${valueType(made)})`);
  };
  return gather(loop, filter, insert, () => new MapValue(new Map()));
}

type Take = (frame: Frame, before: Value) => Value;

/** What the filter says replaces what was gathered, where it is an error; every element is gone through. */
function gather(loop: Loop, filter: Step | null, take: Take, start: () => Value = () => []): Run {
  const round = (frame: Frame): boolean => {
    const passed = filter === null || filter.run(frame);
    if (passed === true) frame.slots[loop.result] = take(frame, frame.slots[loop.result] ?? null);
    else if (passed !== false) frame.slots[loop.result] = refusal(passed);
    return true;
  };
  return (frame) => runLoop(frame, loop, start(), round);
}

function insertAll(into: Value, made: Value): Value {
  for (const [key, value] of mapEntries(made)) {
    const failed = insertEntry(into, key, value);
    if (failed !== null) return failed;
  }
  return into;
}

/** Only maps that this file started are given here, so that they may be written to. */
function insertEntry(into: Value, key: Value, value: Value): CelError | null {
  const plain = mapKey(key);
  const entries = (into as MapValue).entries as Map<MapKey, readonly [Value, Value]>;
  if (plain === undefined) return new CelError('unsupported key type');
  if (entries.has(plain)) return new CelError(`insert failed: key ${valueText(key)} already exists`);
  entries.set(plain, [key, value]);
  return null;
}

import { mapEntries } from './equality.ts';
import { goType } from './member.ts';
import { sizeOf } from './size.ts';
import type { Frame, Run } from './step.ts';
import { CelError, fromJson, isError, MapValue } from './value.ts';
import type { Value } from './value.ts';
import { isList, isMap } from './value-type.ts';

/** A loop over a list or a map. */
export interface Loop {
  readonly range: Run;
  /** Where the variable goes; of two, index or key first. */
  readonly slots: readonly number[];
  /** Where what is gathered is kept. */
  readonly result: number;
}

/** One round; false ends the loop. */
export type Round = (frame: Frame) => boolean;

/** Goes through a range, gathering from `start` on; an error where the range is none. `resultCost` is not counted for a range that is none. */
export function runLoop(frame: Frame, { range, slots, result }: Loop, start: Value, round: Round, resultCost = 1): Value {
  const over = range(frame);
  if (isError(over)) return over;
  frame.slots[result] = start;
  const failure = slots.length === 1 ? loopOne(frame, over, slots[0] ?? 0, round) : loopTwo(frame, over, slots, round);
  if (failure !== null) return failure;
  frame.meter.charge(resultCost);
  return frame.slots[result] ?? null;
}

function loopOne(frame: Frame, over: Value, slot: number, round: Round): CelError | null {
  if (isList(over)) {
    for (let at = 0; at < over.length; at++) {
      frame.slots[slot] = fromJson(over[at] ?? null);
      if (!round(frame)) return null;
    }
    return null;
  }
  if (!isMap(over)) return new CelError(`got '${goType(over)}', expected iterable type`);
  if (over instanceof MapValue) loopKeys(frame, over.entries.values(), slot, round);
  else loopNames(frame, over, slot, round);
  return null;
}

function loopKeys(frame: Frame, entries: Iterable<readonly [Value, Value]>, slot: number, round: Round): void {
  for (const [key] of entries) {
    frame.slots[slot] = key;
    if (!round(frame)) return;
  }
}

function loopNames(frame: Frame, map: Value, slot: number, round: Round): void {
  const object = map as Record<string, Value | undefined>;
  const keys = Object.keys(object);
  for (const [at, key] of keys.entries()) {
    if (object[key] === undefined) continue;
    frame.slots[slot] = key;
    if (!round(frame)) return frame.meter.strain((keys.length - at) * STRAIN_OF_KEY);
  }
}

function loopTwo(frame: Frame, over: Value, [first = 0, second = 0]: readonly number[], round: Round): CelError | null {
  const entries = isList(over) ? over.entries() : isMap(over) ? mapEntries(over) : null;
  if (entries === null) return new CelError(`unsupported comprehension range type: ${goType(over)}`);
  for (const [key, value] of entries) {
    frame.slots[first] = key;
    frame.slots[second] = fromJson(value);
    if (round(frame)) continue;
    if (!isList(over)) frame.meter.strain(sizeOf(over) * STRAIN_OF_KEY);
    break;
  }
  return null;
}

/** All keys of a map are listed before the first is looked at: what costs nothing where the loop ends early. */
const STRAIN_OF_KEY = 8;

import type { Overload } from './function.ts';
import { mapGet, mapKey } from './equality.ts';
import { equalWithin } from './equality-call.ts';
import { sizeOf } from './size.ts';
import { constantStep, noSuchOverload } from './step.ts';
import type { Frame, Run, Step } from './step.ts';
import { fromJson, isError } from './value.ts';
import type { MapKey, Value } from './value.ts';
import { isList, isMap } from './value-type.ts';

/** `element in container`. Against a constant list of strings, numbers and bools it costs nothing: cel-go makes a set of it. */
export function planMembership(candidates: readonly Overload[], element: Step, container: Step): Step {
  const constant = container.constant;
  if (candidates.length === 1 && constant !== undefined && isList(constant)) {
    if (constant.length === 0) return constantStep(false);
    const members = asSet(constant);
    if (members !== null) return { run: inSet(element, members) };
  }
  return { run: search(candidates, element.run, container.run) };
}

/** Costs 1, and the size of the container where it is known to be a list. */
function search(candidates: readonly Overload[], element: Run, container: Run): Run {
  const known = candidates.length === 1 && candidates[0]?.args[1]?.kind === 'list';
  return (frame) => {
    const value = element(frame);
    const within = container(frame);
    frame.meter.charge(known ? sizeOf(within) : 1);
    if (isError(value)) return value;
    if (isError(within)) return within;
    if (isMap(within)) return mapGet(within, value) !== undefined;
    return isList(within) ? isAmong(frame, value, within) : noSuchOverload();
  };
}

function isAmong(frame: Frame, value: Value, list: readonly Value[]): boolean {
  frame.meter.strain(list.length);
  for (const item of list) if (equalWithin(frame, value, fromJson(item)) === true) return true;
  return false;
}

function inSet(element: Step, members: ReadonlySet<MapKey>): Step['run'] {
  return (frame) => {
    const value = element.run(frame);
    if (isError(value)) return value;
    const key = mapKey(value);
    return key !== undefined && members.has(key);
  };
}

function asSet(list: readonly Value[]): ReadonlySet<MapKey> | null {
  const members = new Set<MapKey>();
  for (const item of list) {
    const key = item === null ? undefined : mapKey(item);
    if (key === undefined) return null;
    if (!Number.isNaN(key)) members.add(key);
  }
  return members;
}

import type { Overload } from './function.ts';
import { mapKey } from './equality.ts';
import { planOverloads } from './dispatch.ts';
import { constantStep } from './step.ts';
import type { Step } from './step.ts';
import { isError } from './value.ts';
import type { MapKey, Value } from './value.ts';
import { isList } from './value-type.ts';

/** `element in container`. Against a constant list of strings, numbers and bools it costs nothing: cel-go makes a set of it. */
export function planMembership(candidates: readonly Overload[], element: Step, container: Step): Step {
  const constant = container.constant;
  if (candidates.length === 1 && constant !== undefined && isList(constant)) {
    if (constant.length === 0) return constantStep(false);
    const members = asSet(constant);
    if (members !== null) return { run: inSet(element, members) };
  }
  return planOverloads(candidates, [element.run, container.run]);
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

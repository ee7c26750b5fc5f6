import { isPlain } from './member.ts';
import type { Frame, Run } from './step.ts';
import { freed, held, takeStep } from './take-step.ts';
import { fromJson, isError } from './value.ts';
import type { Value } from './value.ts';

/** A root and the fields that are read one after the other from there: the commonest of expressions, in one go. */
export interface Path {
  readonly root: Run;
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  /** Whether something other than the keys of an object has such a name: a method or an element of a list, a part of a double. */
  readonly inherited: boolean;
}

export const fieldOf = (name: string): Field => ({
  name,
  inherited: name === 'value' || /^\d/.test(name) || [Array.prototype, Object.prototype].some((prototype) => name in prototype),
});

/**
 * Goes down a path. What stands below a plain object is JSON, so that its kind need not be tested again.
 * `inner`: an optional that was read out of something stays marked as such, for the next step.
 */
export function runPath({ root, fields }: Path, inner = false): Run {
  const length = fields.length;
  return (frame) => {
    let value = root(frame);
    if (!isPlain(value)) return continueSlowly(frame, value, fields, 0, inner);
    for (let at = 0; at < length; at++) {
      const member = ownMember(value, fields[at] as Field);
      if (member === undefined) return afterSteps(frame, value, fields, at, inner);
      value = member;
    }
    frame.meter.charge(length);
    return fromJson(value);
  };
}

/** A key of a JSON object; undefined where the value is none, or has no such key. */
function ownMember(value: Value, { name, inherited }: Field): Value | undefined {
  if (typeof value !== 'object' || value === null || (inherited && !Object.hasOwn(value, name)) || (inherited && !isPlain(value)))
    return undefined;
  return (value as Readonly<Record<string, Value | undefined>>)[name];
}

function afterSteps(frame: Frame, value: Value, fields: readonly Field[], at: number, inner: boolean): Value {
  frame.meter.charge(at);
  return continueSlowly(frame, fromJson(value), fields, at, inner);
}

function continueSlowly(frame: Frame, start: Value, fields: readonly Field[], from: number, inner: boolean): Value {
  let value = start;
  for (let at = from; at < fields.length && !isError(value); at++) value = held(value, takeStep(frame, value, (fields[at] as Field).name));
  return inner ? value : freed(value);
}

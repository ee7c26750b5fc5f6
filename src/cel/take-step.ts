import { lookUp, missing } from './member.ts';
import type { Frame } from './step.ts';
import { isError, Optional } from './value.ts';
import type { Value } from './value.ts';

export const none = new Optional(undefined);

/** One step, of whatever is there. */
export function takeStep(frame: Frame, value: Value, key: Value): Value {
  if (value instanceof Optional) return takeOptionalStep(frame, value.value, key);
  if (isError(value)) return value;
  frame.meter.charge(1);
  return found(value, key);
}

/** A step that leads nowhere is not counted. */
export function takeOptionalStep(frame: Frame, value: Value | undefined, key: Value): Value {
  const member = value === undefined ? undefined : lookUp(value, key);
  if (member === undefined) return none;
  if (isError(member)) return member;
  frame.meter.charge(1);
  return new Optional(member);
}

export function found(value: Value, key: Value): Value {
  const member = lookUp(value, key);
  return member === undefined ? missing(value, key) : member;
}

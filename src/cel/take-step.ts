import { lookUp, missing } from './member.ts';
import type { Frame } from './step.ts';
import { isError, Optional } from './value.ts';
import type { Value } from './value.ts';

export const none = new Optional(undefined);

/**
 * An optional that stood in a list, a map or a variable of a policy, in the midst of a path: unlike one that the path made, or that it
 * starts from, it is not looked into.
 */
export class HeldOptional extends Optional {}

/** What a step has read, so that a further one can tell. */
export const held = (from: Value, member: Value): Value =>
  member instanceof Optional && !(from instanceof Optional) ? new HeldOptional(member.value) : member;

/** What a path comes to. */
export const freed = (value: Value): Value => (value instanceof HeldOptional ? new Optional(value.value) : value);

/** Whether the steps of a path go into an optional. */
export const isOpen = (value: Value): value is Optional => value instanceof Optional && !(value instanceof HeldOptional);

/** One step, of whatever is there. */
export function takeStep(frame: Frame, value: Value, key: Value): Value {
  if (isOpen(value)) return takeOptionalStep(frame, value.value, key);
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

import type { Select } from './ast.ts';
import { lookUp, missing, plainMember } from './member.ts';
import { isConstant } from './step.ts';
import type { Frame, Run, Step } from './step.ts';
import { isError, Optional } from './value.ts';
import type { Value } from './value.ts';

/**
 * `operand.field` and its other forms. The path of an attribute costs 1 for its root, which the operand charges, and 1 for each step
 * that is taken; the test of `has` costs nothing.
 */
export function planSelect({ field, form }: Pick<Select, 'field' | 'form'>, operand: Run): Step {
  if (form === 'has') return { run: hasField(operand, field) };
  return { run: form === 'optional' ? optionalMember(operand, () => field) : selectField(operand, field) };
}

/** `operand[index]` and `operand[?index]`. */
export function planIndex(operand: Run, index: Step, optional: boolean): Step {
  if (optional) return { run: optionalMember(operand, index.run) };
  if (isConstant(index) && typeof index.constant === 'string') return { run: selectField(operand, index.constant) };
  return { run: indexed(operand, index.run) };
}

/** The root of a path that is no variable: a call, a literal. It costs 1, as a variable does, where the path is counted. */
export function rootOf(step: Step, counted: boolean): Run {
  if (!counted) return step.run;
  return (frame) => {
    const value = step.run(frame);
    frame.meter.charge(1);
    return value;
  };
}

export const none = new Optional(undefined);

function selectField(operand: Run, field: string): Run {
  return (frame) => {
    const value = operand(frame);
    const member = plainMember(value, field);
    if (member === undefined) return selectSlowly(frame, value, field);
    frame.meter.charge(1);
    return member;
  };
}

function selectSlowly(frame: Frame, value: Value, key: Value): Value {
  if (isError(value)) return value;
  if (value instanceof Optional) return present(frame, value.value, key);
  frame.meter.charge(1);
  return found(value, key);
}

function indexed(operand: Run, index: Run): Run {
  return (frame) => {
    const value = operand(frame);
    if (isError(value)) return value;
    if (value instanceof Optional && value.value === undefined) return none;
    const key = index(frame);
    if (value instanceof Optional) return isError(key) ? key : present(frame, value.value, key);
    frame.meter.charge(1);
    return isError(key) ? key : found(value, key);
  };
}

/** From the first optional step of a path on, all that follow are optional. */
function optionalMember(operand: Run, key: Run): Run {
  return (frame) => {
    const value = operand(frame);
    if (isError(value)) return value;
    if (value instanceof Optional && value.value === undefined) return none;
    const at = key(frame);
    if (isError(at)) return at;
    return present(frame, value instanceof Optional ? value.value : value, at);
  };
}

function found(value: Value, key: Value): Value {
  const member = lookUp(value, key);
  return member === undefined ? missing(value, key) : member;
}

/** A step that leads nowhere is not counted. */
function present(frame: Frame, value: Value | undefined, key: Value): Value {
  const member = value === undefined ? undefined : lookUp(value, key);
  if (member === undefined) return none;
  if (isError(member)) return member;
  frame.meter.charge(1);
  return new Optional(member);
}

function hasField(operand: Run, field: string): Run {
  return (frame) => {
    const value = operand(frame);
    if (plainMember(value, field) !== undefined) return true;
    if (value instanceof Optional) return hasInOptional(frame, value, field);
    if (isError(value)) frame.meter.charge(-1);
    const member = isError(value) ? value : lookUp(value, field);
    return isError(member) ? member : member !== undefined;
  };
}

function hasInOptional(frame: Frame, { value }: Optional, field: string): Value {
  const member = value === undefined ? undefined : lookUp(value, field);
  if (member === undefined) frame.meter.charge(-1);
  return isError(member) ? member : member !== undefined;
}

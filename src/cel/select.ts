import type { Select } from './ast.ts';
import { lookUp, plainMember } from './member.ts';
import { fieldOf, runPath } from './path.ts';
import { isConstant } from './step.ts';
import type { Frame, Run, Step } from './step.ts';
import { found, freed, held, isOpen, none, takeOptionalStep } from './take-step.ts';
import { isError } from './value.ts';
import type { Optional, Value } from './value.ts';

/**
 * `operand.field` and its other forms. The path of an attribute costs 1 for its root, which the operand charges, and 1 for each step
 * that is taken; the test of `has` costs nothing.
 */
export function planSelect({ field, form }: Pick<Select, 'field' | 'form'>, operand: Step): Step {
  if (form === 'has') return { run: hasField(innerOf(operand), field) };
  return form === 'optional' ? { run: optionalMember(innerOf(operand), () => field) } : planField(operand, field);
}

/** `operand[index]` and `operand[?index]`. */
export function planIndex(operand: Step, index: Step, optional: boolean): Step {
  if (optional) return { run: optionalMember(innerOf(operand), index.run) };
  if (isConstant(index) && typeof index.constant === 'string') return planField(operand, index.constant);
  const inner = indexed(innerOf(operand), index.run);
  return { run: (frame) => freed(inner(frame)), inner };
}

const innerOf = ({ run, inner }: Step): Run => inner ?? run;

function planField({ run, inner = run, path }: Step, field: string): Step {
  const longer = path === undefined ? { root: inner, fields: [fieldOf(field)] } : { ...path, fields: [...path.fields, fieldOf(field)] };
  return { run: runPath(longer), inner: runPath(longer, true), path: longer };
}

/** The root of a path that is no variable: a call, a literal. It costs 1, as a variable does, where the path is counted. */
export function rootOf(step: Step, counted: boolean): Step {
  if (!counted) return { run: step.run };
  const run: Run = (frame) => {
    const value = step.run(frame);
    frame.meter.charge(1);
    return value;
  };
  return { run };
}

function indexed(operand: Run, index: Run): Run {
  return (frame) => {
    const value = operand(frame);
    if (isError(value)) return value;
    const isOptional = isOpen(value);
    if (isOptional && value.value === undefined) return none;
    const key = index(frame);
    if (isOptional) return isError(key) ? key : takeOptionalStep(frame, value.value, key);
    frame.meter.charge(1);
    return isError(key) ? key : held(value, found(value, key));
  };
}

/** From the first optional step of a path on, all that follow are optional. */
function optionalMember(operand: Run, key: Run): Run {
  return (frame) => {
    const value = operand(frame);
    if (isError(value)) return value;
    if (isOpen(value) && value.value === undefined) return none;
    const at = key(frame);
    if (isError(at)) return at;
    return takeOptionalStep(frame, isOpen(value) ? value.value : value, at);
  };
}

function hasField(operand: Run, field: string): Run {
  return (frame) => {
    const value = operand(frame);
    if (plainMember(value, field) !== undefined) return true;
    if (isOpen(value)) return hasInOptional(frame, value, field);
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

import type { Meter } from './meter.ts';
import type { Path } from './path.ts';
import type { Bindings } from './program.ts';
import { CelError } from './value.ts';
import type { Value } from './value.ts';

/** What one evaluation works with. */
export interface Frame {
  readonly bindings: Bindings;
  readonly meter: Meter;
  /** Variables of comprehensions, by the place that the plan gave them. */
  readonly slots: Value[];
}

/** Gives the value of one node. Throws only `spent` and `pending`. */
export type Run = (frame: Frame) => Value;

/** A planned node: what it does, and its value where that is known beforehand. */
export interface Step {
  readonly run: Run;
  readonly constant?: Value;
  /** As `run`, but an optional that was read out of something stays marked as such: for the next step of a path. */
  readonly inner?: Run;
  /** How it came about, where it is a path: a further field prolongs it. */
  readonly path?: Path;
}

export const constantStep = (value: Value): Step => ({ run: () => value, constant: value });

export const isConstant = (step: Step): step is Step & { readonly constant: Value } => step.constant !== undefined;

export const noSuchOverload = (): CelError => new CelError('no such overload');

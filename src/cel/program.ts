import type { Issue } from './issue.ts';
import type { Meter } from './meter.ts';
import type { Type } from './type.ts';
import type { Value } from './value.ts';

/** An expression that compiles in its environment. */
export interface Program {
  readonly source: string;
  /** Static type of the result. */
  readonly type: Type;
  /** Constant, where the expression is one. */
  readonly constant?: Value;
  /** Total: never throws. Spent budget and wanted facts come back as a `CelError` with their code. */
  readonly evaluate: (bindings: Bindings, meter: Meter) => Value;
}

/** Values of the variables of the environment; one that is absent is an error when it is read. */
export type Bindings = Readonly<Record<string, Value | undefined>>;

/** What `compile(source, environment)` gives. */
export type Compiled = { readonly ok: true; readonly program: Program } | { readonly ok: false; readonly issues: readonly Issue[] };

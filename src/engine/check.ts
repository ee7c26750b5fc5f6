import type { Static, TSchema } from 'typebox';
import type { Pod } from '../kube/pod.ts';
import type { CauseReason, Cure, Severity } from './finding.ts';

/**
 * One thing a pod can get wrong, as data and one pure function. Params are valid when `evaluate` sees them; what it returns names a
 * message, the place, and the cure where one can be known.
 */
export interface Check<P extends TSchema = TSchema, M extends Messages = Messages> {
  readonly id: string;
  readonly title: string;
  /** The attack in a sentence or two: why anyone should care. */
  readonly why: string;
  /** What holds in Kubernetes where nobody says anything. */
  readonly byDefault: string;
  /** What may stop working once the cure is in. */
  readonly breaks: string;
  readonly severity: Severity;
  readonly refs: readonly string[];
  /** JSON Schema with descriptions and defaults. */
  readonly params: P;
  /** Sentences by key; `{word}` is filled from the fault's data. The container or volume is named first, what to set comes last. */
  readonly messages: M;
  /** Every fault of the pod. What has none must cost little: filter before flatMap, which takes its time on nothing. */
  evaluate(pod: Pod, params: Static<P>): readonly Fault<keyof M & string>[];
  /** Two pod specs as YAML; the cures of `bad` make it equal `good`, unless `good` says what a human chose. */
  readonly example: { readonly bad: string; readonly good: string };
}

type Messages = Readonly<Record<string, string>>;

/** What a check returns. */
export interface Fault<M extends string = string> {
  readonly message: M;
  /** Field path of the place at fault. */
  readonly at: string;
  readonly data?: Readonly<Record<string, string>>;
  /** Required where a field is missing, Forbidden (the default) where it must not be, Invalid where another value is wanted. */
  readonly reason?: CauseReason;
  readonly cure?: Cure | undefined;
}

/** Types a check from its own literal: params type `evaluate`, message keys type what it returns. */
export function defineCheck<P extends TSchema, M extends Messages>(check: Check<P, M>): Check<P, M> {
  return check;
}

/** What a pod without fault gets, shared by all checks. */
export const none: readonly never[] = [];

/** A check whose params and messages are known only to itself. */
// The registry holds checks of every params type; params are validated against `params` before `evaluate` is called.
export type AnyCheck = Check;

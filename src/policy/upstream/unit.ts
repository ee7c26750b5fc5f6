import type { ParamKind } from '../../api/upstream/expressions.ts';
import type { ResourceRule } from '../../api/match.ts';
import type { Mode, Severity } from '../../engine/finding.ts';
import type { Json } from '../../kube/json.ts';
import type { Case } from '../case.ts';
import type { UpstreamException } from './exception.ts';
import type { ParamObjects } from './params.ts';
import type { RuleProgram } from './program.ts';

/** A policy of another project's kind, ready to judge. Its kinds differ in how they are read, not in how they judge. */
export interface UpstreamPolicy {
  /** `ValidatingAdmissionPolicy`, `ClusterPolicy`: the check that its findings name. */
  readonly kind: string;
  /** As its findings name it. */
  readonly name: string;
  readonly severity: Severity;
  /** Whether an expression that fails refuses. */
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** Whether a server that does not answer in time refuses; absent: as an expression that fails. */
  readonly unanswered?: 'Fail' | 'Ignore';
  /** The flag that loads it elsewhere. */
  readonly origin: string;
  readonly units: readonly Unit[];
}

/** Policies of other projects' kinds, sorted by name. */
export interface UpstreamSet {
  readonly policies: readonly UpstreamPolicy[];
  /** Canonical JSON of the documents of which they are made. */
  readonly texts: readonly string[];
  /** Of every mode. */
  readonly ceiling: Mode;
  /** Absent: nothing is taken as params. */
  readonly params?: ParamSet;
}

/** What policies take as params, guardrails among them. */
export interface ParamSet {
  readonly kinds: readonly ParamKind[];
  /** Those that stand among the policies. */
  readonly objects: ParamObjects;
}

/** One way in which a policy is enforced: a binding, a constraint, a rule, or what was derived for the controllers of pods. */
export interface Unit {
  /** The binding; `''` where the kind has none. */
  readonly binding: string;
  readonly matches: Matches;
  /** Resources that may match: what a registration has to name. */
  readonly rules: readonly ResourceRule[];
  readonly params: Params;
  readonly program: RuleProgram;
  /** The mode of a finding, under the ceiling; Off: nothing is judged. */
  readonly mode: (given: Case) => Mode;
  /** The strictest that it can be. */
  readonly strictest: Mode;
  readonly exceptions: readonly UpstreamException[];
}

/** Whether a unit judges; `unknown`: labels of the namespace decide and nobody knows them. */
export type Matches = (given: Case) => 'yes' | 'no' | { readonly unknown: string };

/** What a unit is judged with, once for each; `error`: a fault of the configuration, which the failure policy weighs. */
export type Params = (given: Case) => readonly (Json | undefined)[] | { readonly error: string };

/** Of a kind without params: one time, and `params` is not declared. */
export const noParams: Params = () => [undefined];

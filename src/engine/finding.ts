import type { Json } from '../kube/json.ts';

export type Mode = 'Enforce' | 'Warn' | 'Audit' | 'Off';
export type Severity = 'critical' | 'high' | 'medium' | 'low';
export type State = 'active' | 'excepted' | 'ratcheted' | 'suppressed';

/** The edit that removes a finding. `safe` cannot break a working pod beyond what the rule already forbids; `review` may change behaviour. */
export type Cure = { readonly set: Json; readonly class: CureClass } | { readonly remove: true; readonly class: CureClass };
export type CureClass = 'safe' | 'review';

/** Kubernetes' own reasons for one cause of a Status (apimachinery meta/v1 CauseType). */
export type CauseReason = 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueInvalid';

/** One thing wrong at one place, under one rule of one guardrail. */
export interface Finding {
  readonly guardrail: string;
  /** Name of the rule inside its guardrail. */
  readonly rule: string;
  /** Id of the check that found it. */
  readonly check: string;
  /** Upstream or framework ID that the rule stands for (`capabilities_restricted`), or null. */
  readonly control: string | null;
  readonly mode: Mode;
  readonly severity: Severity;
  readonly state: State;
  readonly reason: CauseReason;
  /** What is wrong and what to set, one sentence, without the path. */
  readonly message: string;
  /** Field path: `spec.containers[0].securityContext.privileged`. */
  readonly path: string;
  readonly cure: Cure | null;
  /** What set the mode: the guardrail, its schedule, the rule, a label of the namespace, the ceiling. */
  readonly because?: string;
  /** The exception that excuses it, where the state is excepted. */
  readonly exception?: string;
  /** Of a ratcheted finding in a template that changed otherwise: pods made from it will be refused. */
  readonly refusesPods?: boolean;
}

/** What a set of guardrails says of one subject. `skip`: no guardrail matches. */
export interface Verdict {
  readonly verdict: 'allow' | 'warn' | 'deny' | 'skip';
  /** Every finding of every mode, most severe first. */
  readonly findings: readonly Finding[];
  /** Warnings that stand for no finding. */
  readonly notes?: readonly string[];
  /** What policies of other projects give the audit log, as `POLICY.KEY`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Guardrails that matched and were judged, each with the strictest mode among its rules. */
  readonly guardrails: readonly { readonly name: string; readonly mode: Mode }[];
}

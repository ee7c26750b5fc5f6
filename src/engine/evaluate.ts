import type { Pod } from '../kube/pod.ts';
import { isUnreadable, readPod } from '../kube/pod.ts';
import type { Unreadable } from '../kube/pod-shape.ts';
import type { AnyCheck, Fault } from './check.ts';
import { fill } from './fill.ts';
import type { Finding, Mode } from './finding.ts';
import type { Subject } from './subject.ts';

/** One line of a guardrail, ready to run: a check with valid params, under a name and a mode. */
export interface Rule {
  readonly guardrail: string;
  readonly name: string;
  readonly check: AnyCheck;
  readonly params: unknown;
  /** Upstream or framework ID that the rule stands for. */
  readonly control: string | null;
  readonly mode: Mode;
  /** Mode of the finding that says that the rule could not be evaluated. */
  readonly failureMode: Mode;
  /** What set the mode. */
  readonly because?: string | undefined;
  /** Whether a fault at this path is none of the rule's business. */
  readonly excuses?: (pod: Pod, at: string) => boolean;
}

/** Check id of what is no pod where a pod should be; no guardrail can name it. */
export const UNREADABLE = 'readable-pod';

/** Pods of a subject, read once for all the rules that judge it. */
export const readPods = (subject: Pick<Subject, 'pods'>): (Pod | Unreadable)[] =>
  subject.pods.map((source) => ('expected' in source ? source : readPod(source)));

/** Every finding of these rules on this pod. Total: a check that throws becomes a finding of its rule. */
export function evaluate(rules: readonly Rule[], pod: Pod | Unreadable, findings: Finding[]): void {
  if (isUnreadable(pod)) {
    const strictest = rules.find(({ mode }) => mode === 'Enforce') ?? rules.find(({ mode }) => mode === 'Warn') ?? rules[0];
    if (strictest) findings.push(unreadable(strictest, pod));
    return;
  }
  for (const rule of rules) apply(rule, pod, findings);
}

function apply(rule: Rule, pod: Pod, findings: Finding[]): void {
  try {
    for (const fault of rule.check.evaluate(pod, rule.params)) if (!excused(rule, pod, fault)) findings.push(finding(rule, fault));
  } catch {
    findings.push(failed(rule, pod));
  }
}

const excused = ({ excuses }: Rule, pod: Pod, { at }: Fault): boolean => excuses !== undefined && excuses(pod, at);

function finding(rule: Rule, fault: Fault): Finding {
  const { guardrail, name, check, control, mode, because } = rule;
  return {
    guardrail,
    rule: name,
    check: check.id,
    control,
    mode,
    ...(because !== undefined && { because }),
    severity: check.severity,
    state: 'active',
    reason: fault.reason ?? 'FieldValueForbidden',
    message: fill(check.messages[fault.message] ?? fault.message, fault.data ?? {}),
    path: fault.at,
    cure: fault.cure ?? null,
  };
}

function unreadable(rule: Rule, { path, expected, got }: Unreadable): Finding {
  const message = `cannot be read as a pod: ${expected} is expected here, not ${got}`;
  return { ...unexpected(rule, path, message), rule: UNREADABLE, check: UNREADABLE, control: null };
}

const failed = (rule: Rule, pod: Pod): Finding => ({
  ...unexpected(rule, pod.path, `the check ${rule.check.id} failed on this object, a fault of Sallyport; please report it`),
  mode: rule.failureMode,
});

function unexpected({ guardrail, name, check, control, mode, because }: Rule, path: string, message: string): Finding {
  return {
    guardrail,
    rule: name,
    check: check.id,
    control,
    mode,
    ...(because !== undefined && { because }),
    severity: 'critical',
    state: 'active',
    reason: 'FieldValueInvalid',
    message,
    path,
    cure: null,
  };
}

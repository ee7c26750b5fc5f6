import { evaluate } from '../engine/evaluate.ts';
import type { Rule } from '../engine/evaluate.ts';
import type { Finding, Mode } from '../engine/finding.ts';
import { isSignificantUpdate } from '../kube/pod-update.ts';
import type { Pod } from '../kube/pod.ts';
import { isUnreadable } from '../kube/pod.ts';
import type { Unreadable } from '../kube/pod-shape.ts';
import type { Labels } from '../kube/selector.ts';
import { isBuiltIn, workloadOfResource } from '../kube/workload.ts';
import type { Case } from './case.ts';
import type { LabelRule } from './label-rule.ts';
import { capped } from './mode.ts';
import type { LabelPolicy, LevelVersion } from './namespace-labels.ts';
import { isPrivileged, labelReason, policyOfLabels } from './namespace-labels.ts';
import { undecided } from './undecided.ts';

/**
 * What the labels of the namespace ask of pods and of what makes them, as Pod Security Admission has it: a pod is refused, warned about and
 * audited; a workload of Kubernetes only warned about and audited; an update of a pod that changes no image is nobody's business.
 * @param pods those whose runtime class is not exempt.
 */
export function judgeLabels(
  rule: LabelRule,
  { subject, isPod }: Case,
  pods: Case['pods'],
  labels: Labels | null | undefined,
  fault: string,
): Finding[] {
  const { resource, operation, object, oldObject } = subject;
  const workload = workloadOfResource(resource.group, resource.resource);
  if (!workload || !isBuiltIn(workload) || labels === null) return [];
  if (labels === undefined) {
    const failureMode = isPod ? rule.failureMode : capped('Audit', rule.mode);
    return [undecided({ ...rule, failureMode }, `${fault} decide here`, 'metadata.namespace')];
  }
  const policy = policyOfLabels(labels);
  const asked = isPod ? policy : { ...policy, enforce: unset };
  if (policy.faults.length === 0 && isPrivileged(asked)) return [];
  if (isPod && operation === 'UPDATE' && !isSignificantUpdate(object, oldObject)) return [];
  return pods.flatMap((pod) => (isUnreadable(pod) ? unreadable(rule, isPod ? 'Enforce' : 'Audit', pod) : podFindings(rule, asked, pod)));
}

const unset: LevelVersion = { level: 'privileged', version: 'latest' };

const modeOf = { enforce: 'Enforce', warn: 'Warn', audit: 'Audit' } as const;

/** What is refused need not be warned about as well: of findings that say the same, the strictest stands. */
function podFindings(rule: LabelRule, policy: LabelPolicy, pod: Pod): Finding[] {
  const findings = new Map<string, Finding>();
  for (const mode of ['enforce', 'warn', 'audit'] as const) {
    const wanted = policy[mode];
    const found: Finding[] = [];
    evaluate(rule.controls(wanted.level, wanted.version, modeOf[mode]), pod, found);
    for (const finding of found) {
      const key = `${finding.control} ${finding.path} ${finding.message}`;
      if (!findings.has(key)) findings.set(key, { ...finding, because: because(rule, mode, wanted) });
    }
  }
  return [...findings.values()];
}

const because = (rule: LabelRule, mode: keyof typeof modeOf, wanted: LevelVersion): string =>
  capped(modeOf[mode], rule.mode) === modeOf[mode]
    ? labelReason(mode, wanted)
    : `${labelReason(mode, wanted)}, under ${rule.because ?? `mode ${rule.mode}`}`;

/** What cannot be read cannot be let in, whatever of it the labels would have refused. */
function unreadable(rule: LabelRule, mode: Mode, pod: Unreadable): Finding[] {
  const findings: Finding[] = [];
  const [control] = rule.controls('restricted', 'latest', mode) as [Rule?];
  if (control) evaluate([control], pod, findings);
  return findings;
}

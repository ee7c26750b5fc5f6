import type { Finding } from '../engine/finding.ts';
import type { Json } from '../kube/json.ts';
import { labelsOf } from '../kube/selector.ts';
import type { Case } from './case.ts';
import { matchesGlob } from './glob.ts';
import type { Guardrail } from './guardrail.ts';
import type { LabelRule } from './label-rule.ts';
import type { LabelFault, LabelPolicy } from './namespace-labels.ts';
import { exemptWarning, policyOfLabels, strictness } from './namespace-labels.ts';
import { violatingPods } from './violating-pods.ts';

export interface NamespaceJudgement {
  readonly findings: Finding[];
  readonly notes: string[];
}

/**
 * A Namespace whose labels choose Pod Security levels: labels that cannot be read are refused, unless they were there before; on an update that
 * asks more of its pods, those that run and would break it are told, never refused.
 */
export function judgeNamespace(guardrail: Guardrail, rule: LabelRule, given: Case): NamespaceJudgement {
  const { operation, subresource, object, oldObject } = given.subject;
  if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return nothing;
  const policy = policyOf(object);
  const before = operation === 'UPDATE' ? policyOf(oldObject) : null;
  if (policy.faults.length > 0 && (before === null || !sameFaults(policy.faults, before.faults))) {
    return { findings: policy.faults.map((fault) => finding(rule, fault)), notes: [] };
  }
  if (before !== null && !asksMore(policy, before)) return nothing;
  const name = given.namespace;
  if (guardrail.exemptNamespaces.some((pattern) => matchesGlob(pattern, name))) {
    const warning = exemptWarning(name, labelsOf(object) ?? {}, policy);
    return { findings: [], notes: warning === '' ? [] : [warning] };
  }
  return before === null ? nothing : { findings: [], notes: existing(guardrail, rule, policy, given) };
}

const nothing: NamespaceJudgement = { findings: [], notes: [] };

const policyOf = (object: Json): LabelPolicy => policyOfLabels(labelsOf(object) ?? {});

const sameFaults = (faults: readonly LabelFault[], before: readonly LabelFault[]): boolean =>
  JSON.stringify(faults) === JSON.stringify(before);

/** Whether pods that run may break what is enforced from now on. */
function asksMore({ enforce }: LabelPolicy, { enforce: before }: LabelPolicy): boolean {
  if (enforce.level === 'privileged') return false;
  return enforce.version !== before.version || strictness(enforce) > strictness(before);
}

function existing(
  { exemptRuntimeClasses = [] }: Guardrail,
  rule: LabelRule,
  { enforce }: LabelPolicy,
  { namespace, facts, wants }: Case,
): string[] {
  const pods = facts.pods?.(namespace);
  if (pods === undefined) wants.push({ kind: 'pods', namespace });
  if (!pods) return ['failed to list pods while checking new PodSecurity enforce level'];
  return violatingPods(pods, rule.controls(enforce.level, enforce.version, 'Enforce'), { namespace, enforce, exemptRuntimeClasses });
}

const finding = ({ guardrail, name, mode, because }: LabelRule, { key, value, message }: LabelFault): Finding => ({
  guardrail,
  rule: name ?? LABEL_CHECK,
  check: LABEL_CHECK,
  control: null,
  mode,
  ...(because !== undefined && { because }),
  severity: 'high',
  state: 'active',
  reason: 'FieldValueInvalid',
  message: `the label ${key} is ${JSON.stringify(value)}; it ${message}`,
  path: `metadata.labels[${key}]`,
  cure: null,
});

/** Check id of a label that cannot be read; no guardrail can name it. */
const LABEL_CHECK = 'pod-security-labels';

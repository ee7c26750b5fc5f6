import misplacedField, { faults } from '../../checks/misplaced-field.ts';
import type { Rule } from '../../engine/evaluate.ts';
import { evaluate, readPods } from '../../engine/evaluate.ts';
import type { Finding, Verdict } from '../../engine/finding.ts';
import type { Subject } from '../../engine/subject.ts';
import { isObject } from '../../kube/json.ts';
import type { Json } from '../../kube/json.ts';
import { isUnreadable } from '../../kube/pod.ts';
import { misplacedIn } from '../../kube/security-fields.ts';
import { isBuiltIn, workloadOfKind } from '../../kube/workload.ts';

/** Names of the rule that every scan goes by. A server never sees what it finds: the API server has dropped it. */
export const MISPLACED = { guardrail: 'sallyport', rule: misplacedField.id, check: misplacedField.id, control: null } as const;

/** A verdict with what stands in the wrong place, which is only told: no verdict hangs on it, or it would differ from the server's. */
export function withMisplaced(verdict: Verdict, subject: Subject): Verdict {
  if (verdict.verdict === 'skip') return verdict;
  const found = misplaced(subject);
  return found.length === 0 ? verdict : { ...verdict, findings: [...verdict.findings, ...found] };
}

function misplaced(subject: Subject): Finding[] {
  const findings: Finding[] = [];
  for (const pod of readPods(subject)) {
    if (isUnreadable(pod)) continue;
    evaluate([ruleOf({ ...misplacedField, evaluate: () => faultsAround(subject) })], pod, findings);
    evaluate([ruleOf(misplacedField)], pod, findings);
  }
  return findings;
}

const ruleOf = (check: typeof misplacedField): Rule => ({
  ...MISPLACED,
  name: MISPLACED.rule,
  check,
  params: {},
  mode: 'Audit',
  failureMode: 'Audit',
});

/** Of the object and all that lies between it and the template of its pod, which a check does not see. A custom resource has fields of its own there. */
function faultsAround({ gvk, object }: Subject): ReturnType<typeof faults> {
  const workload = workloadOfKind(gvk.group, gvk.kind);
  if (workload === undefined || !isBuiltIn(workload)) return [];
  const found: ReturnType<typeof faults>[] = [];
  let at: Json | undefined = object;
  for (let depth = 0; isObject(at); depth++) {
    const path = workload.template.slice(0, depth).join('.');
    found.push(faults(path === '' ? `the ${gvk.kind}` : path, misplacedIn('outside', at, path)));
    const key = workload.template[depth];
    at = key === undefined ? undefined : at[key];
  }
  return found.flat();
}

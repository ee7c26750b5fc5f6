import type { Finding } from '../engine/finding.ts';
import type { Subject } from '../engine/subject.ts';
import type { PolicyContext, PolicyJudgement } from '../policy/judge-policy-object.ts';
import { judgePolicyObject, policyRefusal } from '../policy/judge-policy-object.ts';
import { faultLine } from '../policy/policy-object.ts';
import { printable } from '../kube/printable.ts';
import type { Answer } from './answer.ts';

const MAX_WARNINGS = 12;
const MAX_WARNING = 256;
const MAX_MESSAGE = 16_384;

/** What is answered to somebody who writes a Guardrail or a GuardrailException: refused with every fault at once, whatever the mode. */
export function judgePolicies(subject: Subject, context: PolicyContext, digest: string): Answer {
  const judged = judgePolicyObject(subject, context);
  const warnings = judged.warnings.slice(0, MAX_WARNINGS).map((fault) => printable(faultLine(fault)).slice(0, MAX_WARNING));
  const common = { ...(warnings.length > 0 && { warnings }) };
  const refused = judged.faults.length > 0;
  const findings = judged.faults.map((fault) => finding(fault));
  return {
    response: refused ? { allowed: false, status: status(subject, judged), ...common } : { allowed: true, ...common },
    decision: { verdict: refused ? 'deny' : warnings.length > 0 ? 'warn' : 'allow', guardrails: [], findings, digest },
  };
}

function status(subject: Subject, judged: PolicyJudgement): NonNullable<Answer['response']['status']> {
  const { name, gvk } = subject;
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: policyRefusal(subject, judged).split('\n').map(printable).join('\n').slice(0, MAX_MESSAGE),
    details: {
      name,
      group: gvk.group,
      kind: gvk.kind,
      causes: judged.faults
        .slice(0, 100)
        .map(({ path, message }) => ({ reason: 'FieldValueInvalid', field: path, message: printable(message) })),
    },
  };
}

/** For the log: what is wrong with a policy, as if a guardrail had found it. */
const finding = ({ path, message }: PolicyJudgement['faults'][number]): Finding => ({
  guardrail: 'sallyport.dev',
  rule: 'valid',
  check: 'valid',
  control: null,
  mode: 'Enforce',
  severity: 'high',
  state: 'active',
  reason: 'FieldValueInvalid',
  message,
  path,
  cure: null,
});

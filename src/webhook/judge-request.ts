import type { AdmissionRequest } from '../api/admission-review.ts';
import type { Facts } from '../engine/facts.ts';
import type { Finding, Verdict } from '../engine/finding.ts';
import { fromReview } from '../engine/from-review.ts';
import type { Subject } from '../engine/subject.ts';
import type { GuardrailSet } from '../policy/guardrail-set.ts';
import { judge, verdictOf } from '../policy/judge.ts';
import { auditAnnotations, causes, refusalMessage, warnings } from '../policy/refusal.ts';
import type { Answer, Decision } from './answer.ts';

/**
 * Judges requests by the set in force at that moment.
 * @param inForce asked once a request, so that no request is judged by half a set.
 * @param facts what is known beside the request, and the time.
 */
export function judgeRequest(inForce: () => GuardrailSet, facts: () => Facts): (request: AdmissionRequest) => Answer {
  const plain = plainAllow();
  return (request) => {
    const set = inForce();
    const subject = fromReview(request);
    const verdict = judge(set, subject, facts());
    return { response: plain(set, verdict) ?? response(set, subject, verdict), decision: decision(set, verdict) };
  };
}

const skipped: Answer['response'] = { allowed: true };

/** The answer to most requests, one and the same object for a set: it is written as text only once. */
function plainAllow(): (set: GuardrailSet, verdict: Verdict) => Answer['response'] | null {
  let last: GuardrailSet | null = null;
  let allowed = skipped;
  return (set, verdict) => {
    if (verdict.verdict === 'skip') return skipped;
    if (verdict.verdict !== 'allow' || verdict.findings.length > 0) return null;
    if (set !== last) [last, allowed] = [set, { allowed: true, auditAnnotations: auditAnnotations(verdict, set.digest) }];
    return allowed;
  };
}

function response(set: GuardrailSet, subject: Subject, verdict: Verdict): Answer['response'] {
  const annotations = auditAnnotations(verdict, set.digest);
  const warned = warnings(verdict);
  const common = { auditAnnotations: annotations, ...(warned.length > 0 && { warnings: warned }) };
  return verdict.verdict === 'deny' ? { allowed: false, status: status(set, subject, verdict), ...common } : { allowed: true, ...common };
}

/** 403: for 422 kubectl prints the causes, drops the message, and nobody learns who refused. */
function status({ guardrails }: GuardrailSet, { name, gvk }: Subject, verdict: Verdict): NonNullable<Answer['response']['status']> {
  const origins = new Map(guardrails.map((guardrail) => [guardrail.name, guardrail.origin]));
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: refusalMessage(verdict, origins),
    details: { name, group: gvk.group, kind: gvk.kind, causes: causes(verdict) },
  };
}

function decision({ digest }: GuardrailSet, { verdict, findings, guardrails }: Verdict): Decision {
  return {
    verdict,
    findings,
    digest,
    guardrails: guardrails.map(({ name, mode }) => ({ name, mode, verdict: ownVerdict(name, findings) })),
  };
}

const ownVerdict = (guardrail: string, findings: readonly Finding[]): 'allow' | 'warn' | 'deny' =>
  verdictOf(findings.filter((finding) => finding.guardrail === guardrail));

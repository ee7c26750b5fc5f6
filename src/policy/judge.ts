import { evaluate, readPods } from '../engine/evaluate.ts';
import type { Finding, Severity, Verdict } from '../engine/finding.ts';
import type { Subject } from '../engine/subject.ts';
import { matchesGlob } from './glob.ts';
import type { Guardrail } from './guardrail.ts';
import type { GuardrailSet } from './guardrail-set.ts';
import { strictness } from './mode.ts';

/** What the set says of the subject: every finding of every guardrail that matches it. Synchronous, pure and total. */
export function judge({ guardrails }: GuardrailSet, subject: Subject): Verdict {
  const matching = subject.pods.length === 0 ? [] : guardrails.filter((guardrail) => matches(guardrail, subject));
  if (matching.length === 0) return { verdict: 'skip', findings: [], guardrails: [] };
  const findings: Finding[] = [];
  for (const pod of readPods(subject)) {
    for (const { rules } of matching) evaluate(rules, pod, findings);
  }
  findings.sort(bySeverity);
  return { verdict: verdictOf(findings), findings, guardrails: matching };
}

const matches = ({ rules, exemptNamespaces }: Guardrail, { namespace }: Subject): boolean =>
  rules.length > 0 && !exemptNamespaces.some((pattern) => matchesGlob(pattern, namespace));

function verdictOf(findings: readonly Finding[]): Verdict['verdict'] {
  if (findings.some(({ mode }) => mode === 'Enforce')) return 'deny';
  return findings.some(({ mode }) => mode === 'Warn') ? 'warn' : 'allow';
}

const severities: Record<Severity, number> = { critical: 3, high: 2, medium: 1, low: 0 };

const bySeverity = (a: Finding, b: Finding): number =>
  strictness(b.mode) - strictness(a.mode) || severities[b.severity] - severities[a.severity];

import type { CaseDocument } from '../../api/policy-test.ts';
import type { Facts } from '../../engine/facts.ts';
import type { Finding } from '../../engine/finding.ts';
import type { JsonObject } from '../../kube/json.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { judge } from '../../policy/judge.ts';
import { NAME_LABEL } from '../../policy/namespace-selector.ts';
import { ruleName, warnings } from '../../policy/refusal.ts';
import type { Comparison } from './compare.ts';
import { compare, differs } from './compare.ts';
import { subjectOf } from './request.ts';

/** What became of a case. */
export interface Ran {
  readonly comparisons: readonly Comparison[];
  readonly findings: readonly Finding[];
}

/**
 * Judges the case as the server would.
 * @param now milliseconds since the epoch.
 * @returns why it cannot be judged, where it cannot.
 */
export function runCase(given: CaseDocument, object: JsonObject, set: GuardrailSet, now: number): Ran | { problem: string } {
  const subject = subjectOf(given, object);
  const judged = judge(set, subject, factsOf(given, now));
  const unknown = judged.wants.find((want) => want.kind === 'namespace');
  if (unknown) return { problem: `a guardrail asks for the labels of the namespace "${unknown.name}"; say them in namespaceLabels` };
  const { expect } = given;
  const many = set.guardrails.length > 1;
  const names = judged.findings.map((finding) => nameOf(finding, many));
  const named = new Map(judged.findings.map((finding) => [nameOf(finding, many), nameOf(finding, !many)]));
  const comparisons = [
    compare('verdict', expect === undefined ? [] : [expect.verdict], [judged.verdict]),
    ...(expect && expect.findings === undefined
      ? []
      : [compare('findings', expect?.findings ?? [], [...new Set(names)], (a, b) => plain(a) === b || plain(a) === named.get(b))]),
    ...(expect && expect.warnings === undefined
      ? []
      : [compare('warnings', expect?.warnings ?? [], warnings(judged), (a, b) => b.includes(a))]),
  ];
  return { comparisons, findings: judged.findings };
}

export const hasFailed = ({ comparisons }: Pick<Ran, 'comparisons'>): boolean => comparisons.some(differs);

/** One space between two words, wherever a path would stand. */
const plain = (expected: string): string => expected.trim().replaceAll(/ {2,}/g, ' ');

/** A namespace that is not described is not known. */
const factsOf = ({ namespaceLabels }: CaseDocument, now: number): Facts => ({
  now,
  namespace: (name) => (namespaceLabels === undefined ? undefined : { labels: { ...namespaceLabels, [NAME_LABEL]: name } }),
});

/** `rule path`, and what takes the weight off it; the rule alone where the whole object is at fault. */
function nameOf(finding: Finding, withGuardrail: boolean): string {
  const { rule, path, state } = finding;
  return [withGuardrail ? ruleName(finding) : rule, path, state === 'active' ? '' : `(${state})`].filter(Boolean).join(' ');
}

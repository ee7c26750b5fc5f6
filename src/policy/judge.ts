import type { Facts, Want } from '../engine/facts.ts';
import { noFacts } from '../engine/facts.ts';
import type { Finding, Severity, Verdict } from '../engine/finding.ts';
import type { Subject } from '../engine/subject.ts';
import { isNamespaces } from './match.ts';
import { indexGuardrails } from './candidates.ts';
import type { Candidates } from './candidates.ts';
import { Case } from './case.ts';
import type { Phase } from './guardrail.ts';
import type { GuardrailSet } from './guardrail-set.ts';
import { judgeBy } from './judge-by.ts';
import { strictness } from './mode.ts';

/** A verdict, and what was not known when it was given: fetch that and judge again, or let it stand. */
export interface Judgement extends Verdict {
  readonly wants: readonly Want[];
}

/** What the set says of the subject: every finding of every guardrail that matches it. Synchronous, pure and total. */
export function judge(set: GuardrailSet, subject: Subject, facts: Facts = noFacts): Judgement {
  const candidates = subject.pods.length === 0 && !isNamespaces(subject.resource) ? [] : candidatesOf(set)(subject);
  if (candidates.length === 0) return skipped;
  const given = new Case(subject, facts);
  const findings: Finding[] = [];
  const notes: string[] = [];
  const guardrails: Phase[] = [];
  for (const guardrail of candidates) {
    const phase = judgeBy(guardrail, given, set.exceptions, findings, notes);
    if (phase !== null) guardrails.push(phase);
  }
  if (guardrails.length === 0) return skipped;
  findings.sort(byWeight);
  return { verdict: verdictOf(findings, notes), findings, notes, guardrails, wants: given.wants };
}

const skipped: Judgement = { verdict: 'skip', findings: [], notes: [], guardrails: [], wants: [] };

const indexes = new WeakMap<GuardrailSet, Candidates>();

/** A set never changes, so its index is made once. */
function candidatesOf(set: GuardrailSet): Candidates {
  let index = indexes.get(set);
  if (index === undefined) indexes.set(set, (index = indexGuardrails(set.guardrails)));
  return index;
}

/** The verdict on findings: an Enforce that stands denies; a Warn that stands, or anything that is tolerated or told beside, warns. */
export function verdictOf(findings: readonly Finding[], notes: readonly string[] = []): 'allow' | 'warn' | 'deny' {
  const weight = findings.reduce((most, finding) => Math.max(most, weightOf(finding)), notes.length > 0 ? strictness('Warn') : 0);
  if (weight === strictness('Enforce')) return 'deny';
  return weight === strictness('Warn') ? 'warn' : 'allow';
}

/** How much a finding does: one that was there before no more than warn, one that is excused nothing. */
function weightOf({ mode, state }: Finding): number {
  if (state === 'active') return strictness(mode);
  return state === 'ratcheted' ? Math.min(strictness(mode), strictness('Warn')) : 0;
}

const severities: Record<Severity, number> = { critical: 3, high: 2, medium: 1, low: 0 };

const byWeight = (a: Finding, b: Finding): number => weightOf(b) - weightOf(a) || severities[b.severity] - severities[a.severity];

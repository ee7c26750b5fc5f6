import { isDeepStrictEqual } from 'node:util';
import type { Rule } from '../engine/evaluate.ts';
import { evaluate } from '../engine/evaluate.ts';
import type { Finding } from '../engine/finding.ts';
import type { Subject } from '../engine/subject.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { isUnreadable } from '../kube/pod.ts';
import { matchOf } from './candidates.ts';
import type { Case } from './case.ts';
import type { Exceptions } from './exceptions.ts';
import type { CelRule } from './cel-rule.ts';
import type { Held } from './conditions.ts';
import { conditionsHold } from './conditions.ts';
import { exceptionsFor, excuse } from './exceptions.ts';
import { matchesGlob } from './glob.ts';
import type { Guardrail, Phase } from './guardrail.ts';
import { isIdle, phasesOf, rulesOf } from './guardrail.ts';
import { judgeCel } from './judge-cel.ts';
import { judgeLabels } from './judge-labels.ts';
import { judgeNamespace } from './judge-namespace.ts';
import { ownerMadeFor } from './made-by-controller.ts';
import { selectsObject, targetOf } from './match.ts';
import { strictness } from './mode.ts';
import { ratchet } from './ratchet.ts';
import { UNDECIDED, entryInForce } from './schedule.ts';
import type { Steps } from './steps.ts';
import type { RuleProgram } from './upstream/program.ts';
import { late, undecided } from './undecided.ts';

/**
 * Judges by one guardrail whose resource rules may name the subject. Findings and notes are added to the lists.
 * @returns the phase of the guardrail that was in force; null where it does not match. Where it has expressions, steps towards it.
 */
export function judgeBy(
  guardrail: Guardrail,
  given: Case,
  exceptions: Exceptions | undefined,
  findings: Finding[],
  notes: string[],
): Phase | null | Steps<Phase | null> {
  const matching = matches(guardrail, given);
  if (matching === 'no') return null;
  const into = { guardrail, given, exceptions, findings, notes };
  return guardrail.conditions
    ? underConditions(into, guardrail.conditions, matching)
    : byPhase(into, phaseFor(guardrail, given, matching, true));
}

/** One guardrail before one subject, and where what it says goes. */
interface Into {
  readonly guardrail: Guardrail;
  readonly given: Case;
  readonly exceptions: Exceptions | undefined;
  readonly findings: Finding[];
  readonly notes: string[];
}

function* underConditions(into: Into, conditions: RuleProgram, matching: Matching): Steps<Phase | null> {
  const { guardrail, given } = into;
  const judged = byPhase(into, phaseFor(guardrail, given, matching, yield* conditionsHold(conditions, given)));
  return judged !== null && 'next' in judged ? yield* judged : judged;
}

function byPhase(into: Into, phase: Phase | Unknown | null): Phase | null | Steps<Phase> {
  const { guardrail, given, findings, notes } = into;
  if (phase === null) return null;
  if (isUnknown(phase)) return fail(guardrail, given, phase, findings);
  const found = given.isNamespace ? [] : byRules(guardrail, phase, given);
  if (given.isNamespace) byLabelsOfNamespace(guardrail, phase, given, findings, notes);
  else if (phase.labelled) found.push(...byLabels(guardrail, phase, given));
  if (given.isNamespace && !phase.labelled && !phase.cel) return null;
  if (phase.cel) return withCel(into, phase, phase.cel, found);
  keep(into, found);
  return phase;
}

function* withCel(into: Into, phase: Phase, rules: readonly CelRule[], found: Finding[]): Steps<Phase> {
  found.push(...(yield* byCel(into.guardrail, rules, into.given)));
  keep(into, found);
  return phase;
}

function keep({ guardrail, given, exceptions, findings, notes }: Into, found: readonly Finding[]): void {
  if (found.length === 0) return;
  const granted = exceptionsFor(exceptions, guardrail, given.subject, given.facts.now);
  const excused = granted.length === 0 ? { findings: found, notes: [] } : excuse(found, granted, given.pods, given.facts.now);
  findings.push(...excused.findings);
  notes.push(...excused.notes);
}

/**
 * What a guardrail says of a subject which there is no time to judge: where it matches, its failure mode decides. Its conditions are not
 * asked, which would take time again.
 */
export function giveUpBy(guardrail: Guardrail, given: Case, findings: Finding[]): Phase | null {
  const matching = matches(guardrail, given);
  const phase = matching === 'no' ? null : phaseFor(guardrail, given, matching, true);
  if (phase === null) return null;
  if (isUnknown(phase)) return fail(guardrail, given, phase, findings);
  const strictest = strictestOf(given.isNamespace ? [...(phase.labelled ?? []), ...(phase.cel ?? [])] : rulesOf(phase));
  if (strictest === null) return null;
  findings.push(late(strictest));
  return phase;
}

/** Why it cannot be told what is in force, and where. */
interface Unknown {
  readonly unknown: string;
  readonly path: string;
}

const isUnknown = (phase: Phase | Unknown): phase is Unknown => 'unknown' in phase;

/** The phase that is in force for the subject; null where the guardrail leaves it alone. */
function phaseFor(guardrail: Guardrail, given: Case, matching: Matching, conditions: Held): Phase | null | Unknown {
  if (conditions === false) return null;
  const phase = matching === UNDECIDED ? UNDECIDED : phaseOf(guardrail, given);
  if (phase === UNDECIDED) return { unknown: `${given.fault} decide here`, path: 'metadata.namespace' };
  if (conditions !== true) return { unknown: `it cannot be told whether this guardrail matches: ${conditions.failed}`, path: '' };
  return isIdle(phase) ? null : phase;
}

type Matching = 'yes' | typeof UNDECIDED;

/** The resource rules were asked by the index; a definite miss outweighs labels that are not known. */
function matches(guardrail: Guardrail, given: Case): Matching | 'no' {
  const { subject } = given;
  // The labels of a Namespace bind whatever is exempt inside it.
  if (!(given.isNamespace && guardrail.labelled) && isExempt(guardrail, given)) return 'no';
  const { named, covers, objectSelector, namespaceSelector } = matchOf(guardrail);
  if (named && !covers(targetOf(subject), subject.name)) return 'no';
  if (objectSelector !== null && !selectsObject(objectSelector, subject)) return 'no';
  if (namespaceSelector === null) return 'yes';
  const labels = given.labels(namespaceSelector.byName);
  if (labels === undefined) return UNDECIDED;
  return labels === null || namespaceSelector.holds(labels) ? 'yes' : 'no';
}

function phaseOf(guardrail: Guardrail, given: Case): Phase | typeof UNDECIDED {
  const { schedule, phases } = guardrail;
  if (schedule === undefined) return guardrail;
  const entry = entryInForce(schedule, given.facts.now, (byName) => given.labels(byName));
  if (entry === UNDECIDED) return UNDECIDED;
  return (entry === null ? undefined : phases?.[entry.index]) ?? guardrail;
}

/** The strictest that the guardrail can be decides, unless its failure mode lets pass. */
function fail(guardrail: Guardrail, given: Case, { unknown, path }: Unknown, findings: Finding[]): Phase | null {
  const due = (guardrail.schedule ?? []).filter(({ from }) => from <= given.facts.now).map(({ index }) => guardrail.phases?.[index]);
  const rules = phasesOf(guardrail)
    .filter((phase) => phase === guardrail || due.includes(phase))
    .flatMap(rulesOf);
  const strictest = strictestOf(rules);
  if (strictest) findings.push(undecided(strictest, unknown, path));
  return guardrail;
}

function strictestOf<R extends Pick<Rule, 'mode'>>(rules: readonly R[]): R | null {
  return rules.toSorted((a, b) => strictness(b.mode) - strictness(a.mode))[0] ?? null;
}

function isExempt({ exemptNamespaces, exempts }: Guardrail, { subject }: Case): boolean {
  if (exemptNamespaces.some((pattern) => matchesGlob(pattern, subject.namespace))) return true;
  return exempts !== undefined && exempts(subject.user);
}

function byLabelsOfNamespace(guardrail: Guardrail, { labelled = [] }: Phase, given: Case, findings: Finding[], notes: string[]): void {
  for (const rule of labelled) {
    const judged = judgeNamespace(guardrail, rule, given);
    findings.push(...judged.findings);
    notes.push(...judged.notes);
  }
}

function* byCel(guardrail: Guardrail, rules: readonly CelRule[], given: Case): Steps<Finding[]> {
  const { subject } = given;
  if (isDying(subject) || isOwned(guardrail, subject)) return [];
  const pods = { now: judgedPods(guardrail, given.pods), before: judgedPods(guardrail, given.oldPods) };
  return yield* judgeCel(rules, given, pods, subject.operation === 'UPDATE' && guardrail.updates !== 'Full');
}

function byRules(guardrail: Guardrail, { rules }: Phase, given: Case): Finding[] {
  const { subject } = given;
  const pods = judgedPods(guardrail, given.pods);
  const findings: Finding[] = [];
  for (const pod of pods) evaluate(rules, pod, findings);
  if (findings.length === 0 || isDying(subject) || isOwned(guardrail, subject)) return [];
  if (subject.operation !== 'UPDATE' || guardrail.updates === 'Full') return findings;
  return ratcheted(guardrail, rules, pods, given);
}

function ratcheted(guardrail: Guardrail, rules: readonly Rule[], pods: Case['pods'], given: Case): Finding[] {
  const { subject, isPod } = given;
  const before = { object: subject.oldObject, pods: judgedPods(guardrail, given.oldPods) };
  const findings = ratchet(rules, { now: { object: subject.object, pods }, before, isPod });
  if (isPod || !judgesPods(guardrail, subject) || !templateChanged(given)) return findings;
  return findings.map((finding) =>
    finding.state === 'ratcheted' && finding.mode === 'Enforce' ? { ...finding, refusesPods: true } : finding,
  );
}

function byLabels(guardrail: Guardrail, { labelled = [] }: Phase, given: Case): Finding[] {
  if (labelled.length === 0 || given.pods.length === 0) return [];
  const labels = given.labels(false);
  return labelled.flatMap((rule) => judgeLabels(rule, given, judgedPods(guardrail, given.pods), labels, given.fault));
}

function judgedPods({ exemptRuntimeClasses }: Guardrail, pods: Case['pods']): Case['pods'] {
  if (exemptRuntimeClasses === undefined) return pods;
  return pods.filter((pod) => isUnreadable(pod) || !exemptRuntimeClasses.includes(pod.spec.runtimeClassName ?? ''));
}

/** An object that is being deleted and of which nothing but metadata changes: finalizers must come off. */
function isDying({ operation, object, oldObject }: Subject): boolean {
  if (operation !== 'UPDATE' || !isObject(object) || !isObject(oldObject)) return false;
  const { metadata } = object;
  return isObject(metadata) && metadata['deletionTimestamp'] != null && equal(withoutMetadata(object), withoutMetadata(oldObject));
}

function withoutMetadata(object: Record<string, Json | undefined>): Record<string, Json | undefined> {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

function isOwned(guardrail: Guardrail, subject: Subject): boolean {
  const owner = ownerMadeFor(subject);
  return owner !== null && matchOf(guardrail).covers(owner, null);
}

const judgesPods = (guardrail: Guardrail, { namespace }: Subject): boolean =>
  matchOf(guardrail).covers(
    { group: '', version: 'v1', resource: 'pods', subresource: '', operation: 'CREATE', namespaced: namespace !== '' },
    null,
  );

const templateChanged = ({ pods, oldPods }: Case): boolean => !equal(pods.map(specOf), oldPods.map(specOf));

const specOf = (pod: Case['pods'][number]): unknown => (isUnreadable(pod) ? pod : [pod.spec, pod.annotations]);

function equal(a: unknown, b: unknown): boolean {
  try {
    return isDeepStrictEqual(a, b);
  } catch {
    // Deeper than the stack.
    return false;
  }
}

import { createHash } from 'node:crypto';
import type { Finding, Verdict } from '../../engine/finding.ts';
import { nearestWord } from '../../kube/nearest-word.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { verdictOf } from '../../policy/judge.ts';
import { podSecurity } from '../../standards/pod-security.ts';
import { expressionNames } from '../explain/expressions.ts';
import { FlagError } from '../flags.ts';
import { MISPLACED } from './misplaced.ts';
import { unjudged } from './unjudged.ts';

export interface Choice {
  /** Names of guardrails, rules, `guardrail/rule`, checks or controls; undefined: all. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
}

/**
 * What of a verdict the flags `--only` and `--skip` leave. That something could not be judged is never left out.
 * @throws FlagError for a name that no rule of the set has: judging nothing must not pass.
 */
export function choosing({ only, skip = [] }: Choice, set: GuardrailSet): (verdict: Verdict) => Verdict {
  if (only === undefined && skip.length === 0) return (verdict) => verdict;
  const known = namesIn(set);
  for (const name of only ?? []) refuseUnknown('only', name, known);
  for (const name of skip) refuseUnknown('skip', name, known);
  return (verdict) => {
    const findings = verdict.findings.filter(isChosen);
    return findings.length === verdict.findings.length ? verdict : { ...verdict, findings, verdict: verdictOf(findings, verdict.notes) };
  };

  function isChosen(finding: Finding): boolean {
    if (unjudged.has(finding.check)) return true;
    const names = namesOf(finding);
    return (only === undefined || names.some((name) => only.includes(name))) && !names.some((name) => skip.includes(name));
  }
}

/** A set of which only a part is judged gives other verdicts, so it must not carry the digest of the whole. */
export function chosenDigest(digest: string, { only, skip }: Choice): string {
  if (only === undefined && skip === undefined) return digest;
  const choice = [digest, only?.toSorted() ?? null, skip?.toSorted() ?? []];
  return `sha256:${createHash('sha256').update(JSON.stringify(choice)).digest('hex')}`;
}

const namesOf = ({ guardrail, rule, check, control }: Pick<Finding, 'guardrail' | 'rule' | 'check' | 'control'>): string[] => [
  guardrail,
  rule,
  `${guardrail}/${rule}`,
  check,
  ...(control === null ? [] : [control]),
];

function namesIn(set: GuardrailSet): Set<string> {
  const { guardrails } = set;
  const phases = guardrails.flatMap((guardrail) => [guardrail, ...(guardrail.phases ?? [])]);
  const rules = phases.flatMap((phase) =>
    phase.rules.map(({ name, check, control }) => ({ guardrail: phase.name, rule: name, check: check.id, control })),
  );
  // Which of them is judged is known only with the labels of a namespace.
  const labelled = phases.some((phase) => phase.labelled?.length) ? podSecurity : [];
  return new Set([
    ...guardrails.map(({ name }) => name),
    ...rules.flatMap(namesOf),
    ...expressionNames(set).flatMap((name) => [name, name.slice(name.indexOf('/') + 1)]),
    ...labelled.flatMap(({ control, check }) => [control, check.id]),
    ...namesOf(MISPLACED),
  ]);
}

function refuseUnknown(flag: string, name: string, known: ReadonlySet<string>): void {
  if (known.has(name)) return;
  const nearest = nearestWord(name, known);
  const advice = nearest === null ? 'the guardrails, rules, checks and controls of the set can be named' : `did you mean ${nearest}?`;
  throw new FlagError(`--${flag} ${name}: the set has nothing of this name; ${advice}`);
}

import { checks } from '../../checks/index.ts';
import type { AnyCheck } from '../../engine/check.ts';
import type { Finding } from '../../engine/finding.ts';
import { phasesOf } from '../../policy/guardrail.ts';
import type { Guardrail, Phase } from '../../policy/guardrail.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { messageKey } from './message-key.ts';

/** What of the guardrails some case has found something by. Some messages of a check cannot come up under every params. */
export interface Coverage {
  readonly rules: Covered;
  readonly messages: Covered;
}

interface Covered {
  readonly all: number;
  /** `guardrail/rule`, and `guardrail/rule: message of check`, in the order of the guardrails. */
  readonly missed: readonly string[];
}

export function coverage(sets: readonly GuardrailSet[], findings: readonly Finding[]): Coverage {
  const bound = sets.flatMap(({ guardrails }) => guardrails.flatMap(boundRules));
  const rules = new Set([...bound.map(({ rule }) => rule), ...sets.flatMap(celRules)]);
  const messages = new Set(bound.flatMap(({ rule, check }) => Object.keys(check.messages).map((key) => lineOf(rule, check, key))));
  const reached = new Set(findings.flatMap(reachedBy));
  return { rules: covered(rules, reached), messages: covered(messages, reached) };
}

const covered = (all: ReadonlySet<string>, reached: ReadonlySet<string>): Covered => ({
  all: all.size,
  missed: [...all].filter((line) => !reached.has(line)),
});

function boundRules(guardrail: Guardrail): { rule: string; check: AnyCheck }[] {
  return phasesOf(guardrail)
    .flatMap(rulesOf)
    .map(({ name, check }) => ({ rule: `${guardrail.name}/${name}`, check }));
}

/** Where labels decide, every control that they can ask for. */
const rulesOf = ({ rules, labelled = [] }: Phase): readonly { name: string; check: AnyCheck }[] => [
  ...rules,
  ...labelled.flatMap(({ controls }) => (['baseline', 'restricted'] as const).flatMap((level) => controls(level, 'latest', 'Enforce'))),
];

const celRules = ({ guardrails }: GuardrailSet): string[] =>
  guardrails.flatMap((guardrail) => phasesOf(guardrail).flatMap(({ cel = [] }) => cel.map(({ name }) => `${guardrail.name}/${name}`)));

function reachedBy({ guardrail, rule, check: id, message }: Finding): string[] {
  const name = `${guardrail}/${rule}`;
  const check = checks.get(id);
  const key = check ? messageKey(check, message) : null;
  return check && key !== null ? [name, lineOf(name, check, key)] : [name];
}

const lineOf = (rule: string, { id }: AnyCheck, key: string): string => `${rule}: ${key} of ${id}`;

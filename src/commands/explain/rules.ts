import type { Rule } from '../../engine/evaluate.ts';
import type { Json } from '../../kube/json.ts';
import { flow } from '../../report/yaml-block.ts';
import type { Guardrail } from '../../policy/guardrail.ts';
import { phasesOf } from '../../policy/guardrail.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { Meaning } from './answer.ts';

/** The checks of `GUARDRAIL/RULE`, or of every rule of `GUARDRAIL`. */
export function ofRules(word: string, { guardrails }: GuardrailSet): Meaning[] {
  return guardrails.flatMap((guardrail) =>
    rulesOf(guardrail)
      .filter((rule) => guardrail.name === word || nameOf(rule) === word)
      .map((rule) => ({ check: rule.check, params: rule.params, because: becauseOf(rule, guardrail) })),
  );
}

/** Every guardrail, and every rule as `GUARDRAIL/RULE`. */
export const ruleNames = ({ guardrails }: GuardrailSet): string[] =>
  guardrails.flatMap((guardrail) => [guardrail.name, ...rulesOf(guardrail).map(nameOf)]);

/** What labels of a namespace may ask for is explained as if they asked for all of it. */
function rulesOf(guardrail: Guardrail): Rule[] {
  const rules = phasesOf(guardrail).flatMap((phase) => [
    ...phase.rules,
    ...(phase.labelled ?? []).flatMap(({ mode, controls }) => controls('restricted', 'latest', mode)),
  ]);
  return [...new Map(rules.map((rule) => [`${rule.name} ${rule.check.id} ${rule.mode} ${JSON.stringify(rule.params)}`, rule])).values()];
}

const nameOf = ({ guardrail, name }: Pick<Rule, 'guardrail' | 'name'>): string => `${guardrail}/${name}`;

function becauseOf(rule: Rule, { origin }: Guardrail): string {
  const params = Object.keys(rule.params as object).length === 0 ? '' : `, with ${flow(rule.params as Json)}`;
  return `${nameOf(rule)} (${origin}) is the check ${rule.check.id} in mode ${rule.mode}${params}`;
}

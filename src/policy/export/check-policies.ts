import type { Validation, Variable } from '../../api/upstream/expressions.ts';
import type { Rule } from '../../engine/evaluate.ts';
import type { Mode } from '../../engine/finding.ts';
import { oneLine, quoted } from './cel-text.ts';
import type { Clause } from './clauses.ts';
import { clausesOf } from './clauses.ts';
import type { Judged } from './exempt-images.ts';
import { judgedBeside } from './exempt-images.ts';
import { variablesFor } from './pod-variables.ts';

/** Variables and validations that say what rules with checks say. */
export interface Said {
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
}

/** A rule with a check, and the images whose containers it leaves alone. */
export interface CheckRule {
  readonly rule: Rule;
  readonly exemptImages: readonly string[];
}

/**
 * The rules, one validation for each thing that a check refuses.
 * @param ratchet let pass an update that leaves the pod as it was.
 */
export function sayChecks(rules: readonly CheckRule[], mode: Mode, ratchet: boolean): Said {
  const taken = new Set<string>();
  const lists = judgedLists(rules);
  const clauses = rules.flatMap(({ rule, exemptImages }) =>
    (clausesOf(rule.check, rule.params) ?? []).map((clause) => named(rule, beside(clause, lists.get(exemptImages.join())), taken)),
  );
  const found = clauses.map(({ name, clause }) => ({ name, expression: clause.atFault }));
  // The API server tells the first denial only, and drops a warning that it has given: so each tells of all faults.
  const faults = mode === 'Audit' ? [] : [{ name: FAULTS, expression: clauses.map(textIfAny).join(' + ') }];
  const validations = clauses.map((one) => validation(one, faults.length === 0 ? textOf(one) : `variables.${FAULTS}.join('; ')`, ratchet));
  const variables = [...[...lists.values()].flatMap((list) => list.variables), ...found, ...faults];
  const texts = [...variables, ...validations].map(({ expression }) => expression);
  return { variables: [...variablesFor(texts), ...variables], validations };
}

/** By the images that are left out, whatever rules leave them out. */
function judgedLists(rules: readonly CheckRule[]): Map<string, Judged> {
  const patterns = new Map(
    rules.filter(({ exemptImages }) => exemptImages.length > 0).map(({ exemptImages }) => [exemptImages.join(), exemptImages]),
  );
  const lists = [...patterns].map(([key, images], index) => [key, judgedBeside(images, index + 1)] as const);
  return new Map(lists.flatMap(([key, list]) => (list === null ? [] : [[key, list]])));
}

/** The clause without the containers of those images. What is wrong with annotations is nobody's container. */
function beside(clause: Clause, list: Judged | undefined): Clause {
  if (list === undefined) return clause;
  const atFault = clause.atFault
    .replaceAll('variables.containers.filter(', `variables.${list.containers}.filter(`)
    .replaceAll('variables.holders.filter(', `variables.${list.holders}.filter(`);
  return { ...clause, atFault };
}

const FAULTS = 'faults';

interface Named {
  readonly name: string;
  readonly rule: string;
  readonly clause: Clause;
}

/** `runAsNonRoot`, and `runAsNonRoot2` where that is taken. */
function named({ name: rule, check }: Rule, clause: Clause, taken: Set<string>): Named {
  const base = check.id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  let name = base;
  for (let count = 2; taken.has(name); count++) name = `${base}${count}`;
  taken.add(name);
  return { name, rule: oneLine(rule), clause };
}

function validation({ name, rule, clause: { message, unless } }: Named, messageExpression: string, ratchet: boolean): Validation {
  return {
    expression: [...(ratchet ? ['variables.unchanged'] : []), ...unless, `variables.${name} == []`].join(' || '),
    reason: 'Forbidden',
    // Stands where so many are at fault that their names are longer than a message may be.
    message: oneLine(`${rule}: ${message}`),
    messageExpression,
  };
}

const textOf = ({ name, rule, clause }: Named): string =>
  `${quoted(`${rule}: `)} + variables.${name}.join(', ') + ${quoted(` ${oneLine(clause.message)}`)}`;

const textIfAny = (one: Named): string => `(${[...one.clause.unless, `variables.${one.name} == []`].join(' || ')} ? [] : [${textOf(one)}])`;

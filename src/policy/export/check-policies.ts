import type { Validation, Variable } from '../../api/upstream/expressions.ts';
import type { Rule } from '../../engine/evaluate.ts';
import type { Mode } from '../../engine/finding.ts';
import { oneLine, quoted } from './cel-text.ts';
import type { Clause } from './clauses.ts';
import { clausesOf } from './clauses.ts';
import { variablesFor } from './pod-variables.ts';

/** Variables and validations that say what rules with checks say. */
export interface Said {
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
}

/**
 * The rules, one validation for each thing that a check refuses.
 * @param ratchet let pass an update that leaves the pod as it was.
 */
export function sayChecks(rules: readonly Rule[], mode: Mode, ratchet: boolean): Said {
  const taken = new Set<string>();
  const clauses = rules.flatMap((rule) => (clausesOf(rule.check, rule.params) ?? []).map((clause) => named(rule, clause, taken)));
  const found = clauses.map(({ name, clause }) => ({ name, expression: clause.atFault }));
  // The API server tells the first denial only, and drops a warning that it has given: so each tells of all faults.
  const faults = mode === 'Audit' ? [] : [{ name: FAULTS, expression: clauses.map(textIfAny).join(' + ') }];
  const validations = clauses.map((one) => validation(one, faults.length === 0 ? textOf(one) : `variables.${FAULTS}.join('; ')`, ratchet));
  const variables = [...found, ...faults];
  const texts = [...variables, ...validations].map(({ expression }) => expression);
  return { variables: [...variablesFor(texts), ...variables], validations };
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

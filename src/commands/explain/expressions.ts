import { phasesOf } from '../../policy/guardrail.ts';
import type { CheckHelp } from '../../report/report.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';

/** A rule that is an expression: of a guardrail, or of a policy of another project's kind. */
export interface Expressed {
  /** `POLICY/RULE`. */
  readonly rule: string;
  /** The flag that loads it. */
  readonly origin: string;
  /** What it is asked of: `each of the containers`. */
  readonly of: string;
  readonly expression: string;
  /** As it is written; empty where an expression makes it or there is none. */
  readonly message: string;
}

/** The expression of `POLICY/RULE`, every one of `POLICY`, or those of every rule that is called so. */
export const ofExpressions = (word: string, set: GuardrailSet): Expressed[] =>
  expressionsOf(set).filter(({ rule }) => rule === word || rule.startsWith(`${word}/`) || rule.endsWith(`/${word}`));

/** Every policy that has expressions, and every rule that is one as `POLICY/RULE`. */
export const expressionNames = (set: GuardrailSet): string[] => [
  ...new Set(expressionsOf(set).flatMap(({ rule }) => [rule.slice(0, rule.indexOf('/')), rule])),
];

/** What a report may tell of every rule that is an expression, by `POLICY/RULE`. */
export const expressionHelp = (set: GuardrailSet): ReadonlyMap<string, CheckHelp> =>
  // Of several under one name the first: what was derived from it says the same.
  new Map(
    expressionsOf(set)
      .toReversed()
      .map(({ rule, of, expression, message }) => [
        rule,
        { title: message === '' ? rule : message, why: `Of ${of} this must be true: ${expression}`, refs: [] },
      ]),
  );

const asked = { object: 'the object', pods: 'each of the pods', containers: 'each of the containers' } as const;

function expressionsOf({ guardrails, upstream }: GuardrailSet): Expressed[] {
  const own = guardrails.flatMap((guardrail) =>
    phasesOf(guardrail)
      .flatMap(({ cel = [] }) => cel)
      .flatMap(({ name, over, program }) =>
        program.validations.map((validation) => ({
          rule: `${guardrail.name}/${name}`,
          origin: guardrail.origin,
          of: asked[over],
          expression: validation.program.source,
          message: validation.message,
        })),
      ),
  );
  const others = (upstream?.policies ?? []).flatMap(({ name, origin, units }) =>
    units.flatMap(({ program }) =>
      program.validations.map(({ rule, program: { source }, message }) => ({
        rule: `${name}/${rule}`,
        origin,
        of: asked.object,
        expression: source,
        message,
      })),
    ),
  );
  // Phases and bindings share their rules.
  return [...new Map([...own, ...others].map((one) => [JSON.stringify(one), one])).values()];
}

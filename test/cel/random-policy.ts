import { expression, sorts } from './random.ts';
import type { Dice } from './random.ts';
import { objects } from './random-object.ts';

/** The expressions of a ValidatingAdmissionPolicy, and the object that it judges. */
export interface PolicyRow {
  readonly spec: PolicySpec;
  /** Index of one of `objects`. */
  readonly object: number;
}

export interface PolicySpec {
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly { readonly expression: string; readonly message?: string; readonly messageExpression?: string }[];
  readonly auditAnnotations: readonly { readonly key: string; readonly valueExpression: string }[];
}

/** A policy of a few expressions, not all of which compile. */
export function randomPolicy(dice: Dice): PolicyRow {
  const names = Array.from({ length: dice.below(4) }, (_, index) => `a${index}`);
  const some = (sort: string, depth: number): string => expression(dice, sort, depth, names.map((name) => `variables.${name}`)); // prettier-ignore
  const spec: PolicySpec = {
    failurePolicy: dice.pick(['Fail', 'Ignore']),
    variables: names.map((name) => ({ name, expression: expression(dice, dice.pick(sorts), 2) })),
    matchConditions: dice.below(4) === 0 ? [{ name: 'c0', expression: some('bool', 1) }] : [],
    validations: Array.from({ length: 1 + dice.below(3) }, () => ({
      expression: some('bool', 3),
      ...(dice.below(2) === 0 && { message: dice.pick(['no', ' pad\t', '']) }),
      ...(dice.below(2) === 0 && { messageExpression: some('string', 3) }),
    })),
    auditAnnotations: dice.below(3) === 0 ? [{ key: 'k0', valueExpression: some('string', 2) }] : [],
  };
  return { spec, object: Math.min(dice.below(objects.length), dice.below(objects.length)) };
}

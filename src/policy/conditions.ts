import type { ConditionDocument } from '../api/cel-rule.ts';
import type { Case } from './case.ts';
import type { Steps } from './steps.ts';
import { bindingsFor } from './upstream/bindings.ts';
import { admissionPolicyEnvironment } from './upstream/environments.ts';
import { evaluationOf } from './upstream/evaluate.ts';
import type { ExpressionFault, RuleProgram } from './upstream/program.ts';
import { admissionStyle, compileProgram } from './upstream/program.ts';

/** The conditions of a match, and what is wrong with them; paths start at the match. */
export function compileConditions(conditions: readonly ConditionDocument[]): { program: RuleProgram; faults: ExpressionFault[] } {
  const none = { path: '', items: [] };
  const source = { conditions: { path: 'conditions', items: conditions }, variables: none, validations: none, annotations: none };
  return compileProgram({ ...source, style: admissionStyle }, admissionPolicyEnvironment(false));
}

export type Held = boolean | { readonly failed: string };

/** Whether all hold, as matchConditions do: one that is false decides, whatever fails beside it. */
export function* conditionsHold(program: RuleProgram, given: Case): Steps<Held> {
  const { skipped, decisions } = yield* evaluationOf(program, {
    bindings: bindingsFor(given, undefined, 'nothing', true),
    failurePolicy: 'Fail',
  });
  if (skipped) return false;
  const [fault] = decisions;
  return fault === undefined ? true : { failed: fault.message };
}

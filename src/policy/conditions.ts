import type { ConditionDocument } from '../api/cel-rule.ts';
import type { Case } from './case.ts';
import { bindingsFor } from './upstream/bindings.ts';
import { admissionPolicyEnvironment } from './upstream/environments.ts';
import { evaluateProgram } from './upstream/evaluate.ts';
import type { ExpressionFault, RuleProgram } from './upstream/program.ts';
import { admissionStyle, compileProgram } from './upstream/program.ts';

/** The conditions of a match, and what is wrong with them; paths start at the match. */
export function compileConditions(conditions: readonly ConditionDocument[]): { program: RuleProgram; faults: ExpressionFault[] } {
  const none = { path: '', items: [] };
  const source = { conditions: { path: 'conditions', items: conditions }, variables: none, validations: none, annotations: none };
  return compileProgram({ ...source, style: admissionStyle }, admissionPolicyEnvironment(false));
}

/** Whether all hold, as matchConditions do: one that is false decides, whatever fails beside it. */
export function conditionsHold(program: RuleProgram, given: Case): boolean | { readonly failed: string } {
  const { skipped, decisions } = evaluateProgram(program, { bindings: bindingsFor(given, undefined, 'nothing'), failurePolicy: 'Fail' });
  if (skipped) return false;
  const [fault] = decisions;
  return fault === undefined ? true : { failed: fault.message };
}

import type { Rule } from '../engine/evaluate.ts';
import type { Finding } from '../engine/finding.ts';

/** Check id of what says that a guardrail could not be asked; no guardrail can name it. */
export const UNDECIDED_CHECK = 'namespace-labels';

/** The finding of a guardrail that hangs on labels which nobody knows; its failure mode decides. */
export const undecided = (
  { guardrail, failureMode, because }: Pick<Rule, 'guardrail' | 'failureMode' | 'because'>,
  fault: string,
): Finding => ({
  guardrail,
  rule: UNDECIDED_CHECK,
  check: UNDECIDED_CHECK,
  control: null,
  mode: failureMode,
  ...(because !== undefined && { because }),
  severity: 'critical',
  state: 'active',
  reason: 'FieldValueInvalid',
  message: `${fault} decide here`,
  path: 'metadata.namespace',
  cure: null,
});

import type { Rule } from '../engine/evaluate.ts';
import type { Finding } from '../engine/finding.ts';

/** Check id of what says that a guardrail could not be asked; no guardrail can name it. */
export const UNDECIDED_CHECK = 'namespace-labels';

/** Check id of what says that there was no time to judge by a guardrail; no guardrail can name it. */
export const LATE_CHECK = 'deadline';

type Failed = Pick<Rule, 'guardrail' | 'failureMode' | 'because'>;

/** The finding of a guardrail of which it cannot be told whether it holds here; its failure mode decides. */
export const undecided = (rule: Failed, message: string, path: string): Finding => ({ ...unjudged(rule, UNDECIDED_CHECK), message, path });

/** The finding of a guardrail for which there was no time; its failure mode decides. */
export const late = (rule: Failed): Finding => ({
  ...unjudged(rule, LATE_CHECK),
  message: 'there was no time left to judge by this guardrail; try again',
  path: 'metadata.name',
});

const unjudged = ({ guardrail, failureMode, because }: Failed, check: string): Omit<Finding, 'message' | 'path'> => ({
  guardrail,
  rule: check,
  check,
  control: null,
  mode: failureMode,
  ...(because !== undefined && { because }),
  severity: 'critical',
  state: 'active',
  reason: 'FieldValueInvalid',
  cure: null,
});

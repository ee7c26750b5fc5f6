import type { Mode } from '../engine/finding.ts';

/** Laxest first. */
export const modes: readonly Mode[] = ['Off', 'Audit', 'Warn', 'Enforce'];

export const strictness = (mode: Mode): number => modes.indexOf(mode);

/** A mode under a ceiling (`--mode`). */
export const capped = (mode: Mode, ceiling: Mode): Mode => (strictness(mode) < strictness(ceiling) ? mode : ceiling);

/** A mode, and what set it: the guardrail, an entry of its schedule, the rule, the ceiling. */
export interface ModeInForce {
  readonly mode: Mode;
  readonly because: string;
}

/** The mode of a rule: its own where it has one, else that of its guardrail; Off where the guardrail is; never above the ceiling. */
export function modeOfRule(guardrail: ModeInForce, rule: Mode | undefined, ceiling: Mode): ModeInForce {
  if (guardrail.mode === 'Off') return guardrail;
  const wanted = rule === undefined ? guardrail : { mode: rule, because: `mode ${rule} of the rule` };
  const mode = capped(wanted.mode, ceiling);
  return mode === wanted.mode ? wanted : { mode, because: `${wanted.because}, under the ceiling ${ceiling}` };
}

import type { Mode } from '../engine/finding.ts';

/** Laxest first. */
export const modes: readonly Mode[] = ['Off', 'Audit', 'Warn', 'Enforce'];

export const strictness = (mode: Mode): number => modes.indexOf(mode);

/** A mode under a ceiling (`--mode`). */
export const capped = (mode: Mode, ceiling: Mode): Mode => (strictness(mode) < strictness(ceiling) ? mode : ceiling);

import { UNREADABLE } from '../../engine/evaluate.ts';
import { LATE_CHECK, UNDECIDED_CHECK } from '../../policy/undecided.ts';

/** Checks of findings that say that something could not be judged: no flag, comment or file of known findings quiets those. */
export const unjudged: ReadonlySet<string> = new Set([UNREADABLE, UNDECIDED_CHECK, LATE_CHECK]);

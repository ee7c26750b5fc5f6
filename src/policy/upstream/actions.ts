import type { Mode } from '../../engine/finding.ts';
import { capped, strictness } from '../mode.ts';

/** What each word for an action means here. */
const modes: Readonly<Record<string, Mode>> = {
  Deny: 'Enforce',
  Warn: 'Warn',
  Audit: 'Audit',
  deny: 'Enforce',
  warn: 'Warn',
  dryrun: 'Audit',
  enforce: 'Enforce',
  audit: 'Audit',
  Enforce: 'Enforce',
};

/** The mode of the strictest of these actions, under the ceiling; Off where there is none. */
export const modeOfActions = (actions: readonly string[], ceiling: Mode): Mode =>
  capped(
    actions
      .map((action) => modes[action] ?? 'Off')
      .reduce<Mode>((most, mode) => (strictness(mode) > strictness(most) ? mode : most), 'Off'),
    ceiling,
  );

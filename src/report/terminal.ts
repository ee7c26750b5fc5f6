import { printable } from '../kube/printable.ts';

/**
 * Text of an object as a harmless part of a line in a terminal or a build log. Besides control characters, build servers take
 * `##[` and `##vso[` anywhere in a line for a command of theirs, and `::` at its start.
 */
export const terminal = (text: string): string => escapePart(defused(text)).replace(/^(\s*):(?=:)/, '$1\\u{3a}');

/** `terminal` for a line that is cut into parts of known offsets: `defused` first, as long as before, then each part. */
export const defused = (line: string): string => line.replaceAll(/#(?=#(?:vso)?\[)/gi, STAND_IN);
export const escapePart = (part: string): string => printable(part).replaceAll(STAND_IN, '\\u{23}');

/** Never a character of a text (Unicode calls it a noncharacter). */
const STAND_IN = '\ufdd0';

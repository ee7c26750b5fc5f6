import { printable } from '../kube/printable.ts';

/**
 * Text of an object as a harmless part of a line in a terminal or a build log. Besides control characters, build servers take
 * `##[` and `##vso[` anywhere in a line for a command of theirs, and `::` at its start.
 */
export const terminal = (text: string): string =>
  printable(text)
    .replaceAll(/#(?=#(?:vso)?\[)/gi, '\\u{23}')
    .replace(/^(\s*):(?=:)/, '$1\\u{3a}');

import type { Dice } from './random.ts';

const parts = ['a', 'b', '-', '.', '\\.', '\\d', '\\w', '[a-z]', '[^a]', '[-a-z0-9]', '[a-z0-9-]', '[^a-z.]', '\\-', '/', '[\\d-]', '[a-]', '[.]', '[\\w.-]', '[^\\d]', '[$]', '[|(]', '_', '1', ' ', '[a-c-e]', '[+-]', '[a\\-z]', '\\\\', '\\$', '[^-]', '{', '}', ']', '[]a]', '[^]a]', '\\s', '\\b', '(?i)', '[[:alpha:]]', 'é', '[é]', '𝒳', '[\\s]', '[&&a]', '[a--z]', 'a{', '\\/', '"']; // prettier-ignore
const repeats = ['', '', '', '*', '+', '?', '{2}', '{1,2}', '{2,}', '*?', '+?', '{0}', '{,2}', '??', '**', '{2}{3}'];
const characters = [
  'a',
  'b',
  'z',
  '-',
  '.',
  '1',
  '_',
  '/',
  '\n',
  ' ',
  '\r',
  '\u2028',
  'é',
  '𝒳',
  '\ud835',
  '$',
  '|',
  '\\',
  ']',
  '{',
  '}',
  '^',
  '&',
  '"',
];

/** A regular expression of a few parts, groups in groups up to `depth`; often one that is refused. */
export function randomPattern(dice: Dice, depth: number): string {
  const start = dice.below(2) === 0 ? '^' : '';
  return start + sequence(dice, depth) + (dice.below(2) === 0 ? '$' : '');
}

export const randomText = (dice: Dice): string => Array.from({ length: dice.below(6) }, () => dice.pick(characters)).join('');

function sequence(dice: Dice, depth: number): string {
  return Array.from({ length: 1 + dice.below(4) }, () =>
    depth > 0 && dice.below(5) === 0 ? group(dice, depth - 1) : dice.pick(parts) + dice.pick(repeats),
  ).join('');
}

function group(dice: Dice, depth: number): string {
  const other = dice.below(6) === 0 ? `|${sequence(dice, depth)}` : '';
  return dice.pick(['(', '(?:']) + sequence(dice, depth) + other + ')' + dice.pick(['', '', '?', '*', '{1,2}', '??']);
}

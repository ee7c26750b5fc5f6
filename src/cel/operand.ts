import type { Kind } from './lexer.ts';

/** What may begin an operand, in the order in which cel-go's errors list it. */
const WORDS: readonly Kind[] = ['true', 'false', 'null', 'NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER'];
export const OPERAND: readonly Kind[] = ['[', '{', '(', '.', '-', '!', ...WORDS];
export const ARGUMENT: readonly Kind[] = ['[', '{', '(', ')', '.', '-', '!', ...WORDS];
export const INDEX: readonly Kind[] = ['[', '{', '(', '.', '-', '!', '?', ...WORDS];

import type { Literal } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { BadLiteral, bytesLiteral, doubleLiteral, intLiteral, stringLiteral, uintLiteral } from './literal-value.ts';
import type { Value } from './value.ts';

/** The literal at the cursor, or null where there is none. `sign` is where a minus before it stands, or -1. */
export function readLiteral(cursor: Cursor, sign: number): Literal | null {
  const value = literalValue(cursor, sign >= 0);
  if (value === undefined) return null;
  const start = cursor.take();
  const at = sign < 0 ? start : sign;
  if (!(value instanceof BadLiteral)) return { kind: 'literal', at, value };
  cursor.note(at, value.message);
  return { kind: 'literal', at, value: null };
}

function literalValue({ kind, text }: Cursor, negative: boolean): Value | BadLiteral | undefined {
  switch (kind) {
    case 'STRING':
      return stringLiteral(text);
    case 'NUM_INT':
      return intLiteral(text, negative);
    case 'true':
    case 'false':
      return kind === 'true';
    case 'null':
      return null;
    case 'NUM_FLOAT':
      return doubleLiteral(text, negative);
    case 'NUM_UINT':
      return uintLiteral(text);
    case 'BYTES':
      return bytesLiteral(text);
    default:
      return undefined;
  }
}

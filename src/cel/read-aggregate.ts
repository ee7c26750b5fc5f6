import type { Expr, ListExpr, MapExpr, StructExpr } from './ast.ts';
import type { Cursor } from './cursor.ts';
import type { Kind } from './lexer.ts';

type Read = () => Expr;

/** `[a, ?b]`, from its bracket. */
export function readList(cursor: Cursor, read: Read): ListExpr {
  const at = cursor.take();
  const items: { value: Expr; optional: boolean }[] = [];
  readItems(cursor, ']', () => {
    const optional = cursor.skip('?');
    items.push({ value: read(), optional });
  });
  return { kind: 'list', at, items };
}

/** `{k: v, ?k: v}`, from its brace. */
export function readMap(cursor: Cursor, read: Read): MapExpr {
  const at = cursor.take();
  const entries: { key: Expr; value: Expr; optional: boolean }[] = [];
  readItems(cursor, '}', () => {
    const optional = cursor.skip('?');
    const key = read();
    cursor.expect(':');
    entries.push({ key, value: read(), optional });
  });
  return { kind: 'map', at, entries };
}

/** `{field: value}` after the name of a struct, from its brace. */
export function readStruct(cursor: Cursor, name: string, read: Read): StructExpr {
  const at = cursor.take();
  const fields: { name: string; value: Expr; optional: boolean }[] = [];
  readItems(cursor, '}', () => {
    const optional = cursor.skip('?');
    if (cursor.kind !== 'IDENTIFIER' && cursor.kind !== 'ESC_IDENTIFIER') cursor.fail(STRUCT_FIELD);
    const field = readFieldName(cursor);
    cursor.expect(':');
    fields.push({ name: field, value: read(), optional });
  });
  return { kind: 'struct', at, name, fields };
}

/** A name after a dot or in a struct. */
export function readFieldName(cursor: Cursor): string {
  const { kind, text, start } = cursor;
  if (kind !== 'IDENTIFIER' && kind !== 'ESC_IDENTIFIER') {
    cursor.missName();
    return '';
  }
  // The API server has backquoted names switched off.
  if (kind === 'ESC_IDENTIFIER') cursor.note(start, "unsupported syntax: '`'", `['${text.slice(1, -1)}']`);
  cursor.take();
  return text;
}

const STRUCT_FIELD: readonly Kind[] = ['}', ',', '?', 'IDENTIFIER', 'ESC_IDENTIFIER'];

/** Items up to a bracket, with a comma after the last, or alone, where it pleases. */
function readItems(cursor: Cursor, close: ']' | '}', read: () => void): void {
  if (!cursor.skip(',')) {
    while (cursor.kind !== close) {
      read();
      if (!cursor.skip(',')) break;
    }
  }
  if (cursor.kind !== close) cursor.fail([close, ',']);
  cursor.take();
}

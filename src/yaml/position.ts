/** A place in a file, both counted from 1; columns in UTF-16 units, a byte order mark not counted. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into positions; cheapest when offsets come in rising order. */
export function positions(text: string): (offset: number) => Position {
  let line = 1;
  let lineStart = text.startsWith('\uFEFF') ? 1 : 0;
  let reached = 0;
  const restart = lineStart;
  return (offset) => {
    if (offset < reached) [line, lineStart, reached] = [1, restart, 0];
    for (let at = text.indexOf('\n', reached); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
      line++;
      lineStart = at + 1;
      reached = lineStart;
    }
    return { line, column: Math.max(1, offset - lineStart + 1) };
  };
}

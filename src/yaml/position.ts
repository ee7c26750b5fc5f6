/** A place in a file, both counted from 1; columns in UTF-16 units, a byte order mark not counted. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into positions, in any order: each line end is looked for once. */
export function positions(text: string): (offset: number) => Position {
  const starts = [text.startsWith('\uFEFF') ? 1 : 0];
  let next = text.indexOf('\n');
  return (offset) => {
    for (; next !== -1 && next < offset; next = text.indexOf('\n', next + 1)) starts.push(next + 1);
    const line = lastUpTo(starts, offset);
    return { line: line + 1, column: Math.max(1, offset - (starts[line] ?? 0) + 1) };
  };
}

/** Index of the last number that is not greater; 0 where all are. */
function lastUpTo(rising: readonly number[], wanted: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((rising[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

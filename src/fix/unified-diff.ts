/**
 * The difference of two texts as `diff -u` and `git apply` write and read it; `''` where there is none.
 * Meant for edits here and there: a large stretch that differs throughout is shown as a whole.
 */
export function unifiedDiff(file: string, before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const hunks = hunksOf(changesOf(old, now));
  if (hunks.length === 0) return '';
  return `--- a/${file}\n+++ b/${file}\n${hunks.map((hunk) => hunkText(hunk, old, now)).join('')}`;
}

/** Lines `old` up to `oldEnd` become lines `now` up to `nowEnd`, both from 0. */
interface Change {
  readonly old: number;
  readonly oldEnd: number;
  readonly now: number;
  readonly nowEnd: number;
}

/** Each with its line end, which the last one may lack. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function changesOf(old: readonly string[], now: readonly string[]): Change[] {
  const changes: Change[] = [];
  let [left, right] = [0, 0];
  while (left < old.length || right < now.length) {
    if (left < old.length && old[left] === now[right]) {
      left++;
      right++;
      continue;
    }
    const [skipLeft, skipRight] = nextMatch(old, now, left, right);
    changes.push(...refined(old, now, { old: left, oldEnd: left + skipLeft, now: right, nowEnd: right + skipRight }));
    left += skipLeft;
    right += skipRight;
  }
  return changes;
}

/** A line alone may be the same by chance (`name: x`). */
const SURE = 3;
const REACH = 400;

/** The fewest lines to skip on both sides so that the texts go on alike. */
function nextMatch(old: readonly string[], now: readonly string[], left: number, right: number): [number, number] {
  for (let skipped = 1; skipped <= REACH; skipped++) {
    for (let skipLeft = 0; skipLeft <= skipped; skipLeft++) {
      if (goesOn(old, now, left + skipLeft, right + skipped - skipLeft)) return [skipLeft, skipped - skipLeft];
    }
  }
  return [old.length - left, now.length - right];
}

function goesOn(old: readonly string[], now: readonly string[], left: number, right: number): boolean {
  if (left > old.length || right > now.length) return false;
  for (let ahead = 0; ahead < SURE; ahead++) {
    if (old[left + ahead] !== now[right + ahead]) return false;
  }
  return true;
}

/** Takes the lines that both sides have, in their order, out of a change. */
function refined(old: readonly string[], now: readonly string[], change: Change): Change[] {
  const [before, after] = [old.slice(change.old, change.oldEnd), now.slice(change.now, change.nowEnd)];
  if (before.length === 0 || after.length === 0 || before.length * after.length > REACH * REACH) return [change];
  const common = commonTable(before, after);
  const found: Change[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [from, start] = [row, column];
    while (before[row] !== after[column]) {
      if (column >= after.length || (row < before.length && (common[row + 1]?.[column] ?? 0) >= (common[row]?.[column + 1] ?? 0))) row++;
      else column++;
    }
    if (row > from || column > start)
      found.push({ old: change.old + from, oldEnd: change.old + row, now: change.now + start, nowEnd: change.now + column });
    row++;
    column++;
  }
  return found;
}

/** At `[row][column]`, how many lines the rests of both sides have in common. */
function commonTable(before: readonly string[], after: readonly string[]): Uint16Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const longest =
        before[row] === after[column]
          ? (table[row + 1]?.[column + 1] ?? 0) + 1
          : Math.max(table[row + 1]?.[column] ?? 0, table[row]?.[column + 1] ?? 0);
      table[row]?.fill(longest, column, column + 1);
    }
  }
  return table;
}

const CONTEXT = 3;

/** Changes whose context would touch are shown together. */
function hunksOf(changes: readonly Change[]): Change[][] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1);
    const before = last?.at(-1);
    if (last && before && change.old - before.oldEnd <= 2 * CONTEXT) last.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function hunkText(hunk: readonly Change[], old: readonly string[], now: readonly string[]): string {
  const [first, last] = [hunk[0], hunk.at(-1)];
  if (!first || !last) return '';
  const start = Math.max(0, first.old - CONTEXT);
  const end = Math.min(old.length, last.oldEnd + CONTEXT);
  const nowStart = first.now - (first.old - start);
  const nowEnd = last.nowEnd + (end - last.oldEnd);
  let body = '';
  let at = start;
  for (const change of hunk) {
    body += marked(' ', old.slice(at, change.old));
    body += marked('-', old.slice(change.old, change.oldEnd)) + marked('+', now.slice(change.now, change.nowEnd));
    at = change.oldEnd;
  }
  return `@@ -${range(start, end)} +${range(nowStart, nowEnd)} @@\n${body}${marked(' ', old.slice(at, end))}`;
}

/** A stretch without lines is named by the line before it. */
const range = (start: number, end: number): string => `${end === start ? start : start + 1},${end - start}`;

const marked = (mark: string, lines: readonly string[]): string =>
  lines.map((line) => `${mark}${line}${line.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`).join('');

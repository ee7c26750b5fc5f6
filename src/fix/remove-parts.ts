import { lineEnd, lineStart, opensLine, previousLineEnd } from './lines.ts';
import { NotEditable } from './not-editable.ts';
import type { Edit } from './rewrite.ts';
import type { Node } from './text-tree.ts';
import { skipBlank } from './text-tree.ts';

/** An entry of a map or an item of a list. */
interface Part {
  readonly start: number;
  readonly value: Node;
}

/**
 * Edits that take parts out of a map or a list of which something stays. A comment at the end of the last line of a part goes with it;
 * one on a line of its own stays, since only its author knows what it is about.
 */
export function removeParts(text: string, parts: readonly Part[], goes: readonly boolean[], flow: boolean): Edit[] {
  if (!goes.includes(true)) return [];
  return flow ? removeInBrackets(text, parts, goes) : removeLines(text, parts, goes);
}

function removeLines(text: string, parts: readonly Part[], goes: readonly boolean[]): Edit[] {
  const kept = goes.indexOf(false);
  const [first] = parts;
  const compact = first !== undefined && kept > 0 && !opensLine(text, first.start);
  if (!compact) return parts.flatMap((part, index) => (goes[index] === true ? [wholeLines(text, part, index < kept)] : []));
  const behind = parts.flatMap((part, index) => (goes[index] === true && index > kept ? [wholeLines(text, part, false)] : []));
  return [...upTo(text, parts.slice(0, kept), parts[kept]), ...behind];
}

/** What stands behind the dash goes, and what follows it: the next key moves up beside the dash, unless comments stand between. */
function upTo(text: string, gone: readonly Part[], next: Part | undefined): Edit[] {
  const [first, ...more] = gone;
  if (first === undefined || next === undefined) return [];
  const after = lineEnd(text, first.value.end);
  if (!/^[ \t]*#/m.test(text.slice(after, next.start))) return [{ start: first.start, end: next.start, text: '' }];
  const start = text.slice(0, first.start).trimEnd().length;
  return [{ start, end: after, text: '' }, ...more.map((part) => wholeLines(text, part, true))];
}

/** With the line end behind them, or the one before where what is added may follow. */
function wholeLines(text: string, { start, value }: Part, leading: boolean): Edit {
  if (!opensLine(text, start)) throw new NotEditable('it does not stand on lines of its own');
  if (leading) return { start: lineStart(text, start), end: text.indexOf('\n', value.end) + 1, text: '' };
  return { start: previousLineEnd(text, start), end: lineEnd(text, value.end), text: '' };
}

function removeInBrackets(text: string, parts: readonly Part[], goes: readonly boolean[]): Edit[] {
  const kept = goes.indexOf(false);
  return parts.flatMap((part, index) => {
    if (goes[index] !== true) return [];
    const other = parts[index < kept ? index + 1 : index - 1];
    if (other === undefined) return [];
    return index < kept ? fromHere(text, part, other) : fromBefore(text, other, part);
  });
}

/** With the comma and the space behind it. */
function fromHere(text: string, part: Part, next: Part): Edit[] {
  const comma = skipBlank(text, part.value.end);
  const end = text.slice(comma, next.start).includes('#') ? comma + 1 : next.start;
  return [{ start: part.start, end, text: '' }];
}

/** With the comma before it; comments between stay. */
function fromBefore(text: string, previous: Part, part: Part): Edit[] {
  if (!text.slice(previous.value.end, part.start).includes('#')) return [{ start: previous.value.end, end: part.value.end, text: '' }];
  const comma = skipBlank(text, previous.value.end);
  return [
    { start: comma, end: comma + 1, text: '' },
    { start: part.start, end: part.value.end, text: '' },
  ];
}

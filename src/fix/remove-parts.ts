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
  const edits = compact ? [upTo(text, first, parts[kept])] : [];
  for (const [index, part] of parts.entries()) {
    if (goes[index] === true && !(compact && index < kept)) edits.push(wholeLines(text, part, index < kept));
  }
  return edits;
}

/** What follows the dash: the next key moves up beside it, unless comments stand between. */
function upTo(text: string, part: Part, next: Part | undefined): Edit {
  const end = next?.start ?? part.value.end;
  const after = lineEnd(text, part.value.end);
  if (!text.slice(after, end).includes('#')) return { start: part.start, end, text: '' };
  return { start: text.slice(0, part.start).trimEnd().length, end: after, text: '' };
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

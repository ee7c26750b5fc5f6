import { EVENT_ID } from 'js-yaml';
import { positions } from './position.ts';
import type { Position } from './position.ts';
import { readAgain } from './read-again.ts';
import { readDocuments } from './read.ts';
import type { YamlDocument } from './read.ts';

/** A comment: what a reader of YAML passes over, so never a part of a string or of a block scalar. */
export interface Comment extends Position {
  /** From its `#` to the end of its line. */
  readonly text: string;
  /** The line it speaks of: its own, or, where it stands alone, the one right below it and the comments that follow it. */
  readonly about: number;
}

/**
 * The comments of a YAML or JSON file that begin with `opening`, which holds the `#`. Those of a document that cannot be read are left out.
 * Never throws.
 */
export function commentsIn(text: string, opening: RegExp): Comment[] {
  const opens = openingAt(text, opening);
  // Nearly no file has one, and to tell a comment from a string the file must be parsed once more.
  if (!marks(text).some(opens)) return [];
  const place = positions(text);
  const below = linesBelow(text);
  return commentStarts(text)
    .filter(opens)
    .map((offset) => {
      const position = place(offset);
      const alone = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim() === '';
      return {
        ...position,
        text: text.slice(offset, lineEnd(text, offset)).trimEnd(),
        about: alone ? (below[position.line] ?? position.line + 1) : position.line,
      };
    });
}

function openingAt(text: string, opening: RegExp): (at: number) => boolean {
  const sticky = new RegExp(opening.source, 'iy');
  return (at) => {
    sticky.lastIndex = at;
    return sticky.test(text);
  };
}

/** Every `#` that could open a comment. */
function* marks(text: string): Generator<number> {
  for (let at = text.indexOf('#'); at !== -1; at = text.indexOf('#', at + 1))
    if (at === 0 || /[\s\uFEFF]/.test(text[at - 1] ?? '')) yield at;
}

/** Offsets of every `#` that opens a comment. */
function commentStarts(text: string): number[] {
  const starts: number[] = [];
  const closed = contentSpans(text);
  let next = 0;
  let free = 0;
  for (const at of marks(text)) {
    while ((closed[next]?.end ?? Infinity) <= at) next++;
    if (at < free || (closed[next]?.start ?? Infinity) <= at) continue;
    starts.push(at);
    free = lineEnd(text, at);
  }
  return starts;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where no comment can be, in rising order: scalars, what is no part of a document that can be read, and what follows one. */
function contentSpans(text: string): Span[] {
  const read = readDocuments(text);
  const documents = read.filter((document): document is YamlDocument => !('error' in document));
  const spans = documents.flatMap((document) => scalarSpans(text, document));
  if (documents.length === read.length) return spans;
  const gaps = [0, ...documents.map(({ end }) => end)].map((start, index) => ({ start, end: documents[index]?.start ?? text.length }));
  return [...spans, ...gaps].toSorted((a, b) => a.start - b.start || a.end - b.end);
}

function scalarSpans(text: string, { start, end }: YamlDocument): Span[] {
  const stream = readAgain(text.slice(start, end));
  if (stream === null) return [{ start, end }];
  const at = (moved: number): number => Math.min(end, start + stream.offset(moved));
  const scalars = stream.events.flatMap((event) =>
    event.type === EVENT_ID.SCALAR && event.valueStart !== -1 ? [{ start: at(event.valueStart), end: at(event.valueEnd) }] : [],
  );
  // What follows the end marker of a document is read by nobody.
  return [...scalars, { start: at(stream.source.length), end }];
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

/** For the index of each line, which is the number of the line before: the first line from there on that is more than a comment. */
function linesBelow(text: string): readonly number[] {
  const lines = text.split('\n');
  let below = lines.length + 1;
  return lines
    .map((line, index) => ({ line, index }))
    .toReversed()
    .map(({ line, index }) => (below = /^\s*#/.test(line) ? below : index + 1))
    .toReversed();
}

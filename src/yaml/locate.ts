import { EVENT_ID } from 'js-yaml';
import type { Event } from 'js-yaml';
import { parsePath } from '../kube/field-path.ts';
import type { Step } from '../kube/field-path.ts';
import { isMergeKey } from './construct.ts';
import { nodeStart } from './events.ts';
import type { EventStream } from './events.ts';
import { positions } from './position.ts';
import type { Position } from './position.ts';
import { readAgain, readableKey } from './read-again.ts';
import { writtenAt } from './written-at.ts';

/** Where in a file a document lies, as `readDocuments` gives it. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Answers where in the file a field path leads: the key of a map entry, or the first character of a list item.
 * Where a step is missing, the place of the step before it; what an alias or a merge key brings in is found where it is written.
 */
export const locate = (text: string, document: TextRange, path: string): Position => locator(text, document)(path);

/**
 * `locate` for many paths of one document, which is parsed once.
 * @param position of the same text, where many of its documents are asked about.
 */
export function locator(text: string, document: TextRange, position = positions(text)): (path: string) => Position {
  const stream = readAgain(text.slice(document.start, document.end));
  if (stream === null) return () => position(document.start);
  return (path) => position(document.start + stream.offset(find(stream, parsePath(path))));
}

/** Answers where in the file a character of a text is: `offset` counts in the text that stands at the path, in UTF-16 units. */
export function textLocator(
  text: string,
  document: TextRange,
  position = positions(text),
): (path: string, value: string, offset: number) => Position {
  const stream = readAgain(text.slice(document.start, document.end));
  if (stream === null) return () => position(document.start);
  return (path, value, offset) => {
    const { index, offset: key } = placeOf(stream, parsePath(path));
    const event = eventAt(stream, stream.targets.get(index) ?? index);
    const at = event.type === EVENT_ID.SCALAR && event.valueStart >= 0 ? writtenAt(stream.source, event, value, offset) : key;
    return position(document.start + stream.offset(at));
  };
}

interface Place {
  /** Event of the value. */
  readonly index: number;
  /** Offset of its key, or of the item itself. */
  readonly offset: number;
}

const find = (stream: EventStream, steps: readonly Step[]): number => placeOf(stream, steps).offset;

function placeOf(stream: EventStream, steps: readonly Step[]): Place {
  let index = 1;
  let offset = Math.max(0, nodeStart(eventAt(stream, index)));
  for (const step of steps) {
    const place = child(stream, index, step);
    if (place === null) break;
    index = place.index;
    if (place.offset >= 0) offset = place.offset;
  }
  return { index, offset };
}

function child(stream: EventStream, index: number, step: Step): Place | null {
  const target = stream.targets.get(index) ?? index;
  const { type } = eventAt(stream, target);
  if (type === EVENT_ID.MAPPING) return entry(stream, target, String(step));
  return type === EVENT_ID.SEQUENCE && typeof step === 'number' ? item(stream, target, step) : null;
}

function item(stream: EventStream, sequence: number, wanted: number): Place | null {
  const index = stream.inside(sequence)[wanted];
  return index === undefined ? null : { index, offset: itemStart(stream, index) };
}

/** The entry in force: of equal keys the last one, whether written here or merged in. */
function entry(stream: EventStream, mapping: number, key: string): Place | null {
  const nodes = stream.inside(mapping);
  for (let at = nodes.length - 2; at >= 0; at -= 2) {
    const [keyIndex = 0, index = 0] = [nodes[at], nodes[at + 1]];
    if (isMergeKey(stream, eventAt(stream, keyIndex))) {
      const merged = mergedEntry(stream, index, key);
      if (merged !== null) return merged;
    } else if (readableKey(stream, keyIndex) === key) return { index, offset: nodeStart(eventAt(stream, keyIndex)) };
  }
  return null;
}

function mergedEntry(stream: EventStream, index: number, key: string): Place | null {
  const target = stream.targets.get(index) ?? index;
  if (eventAt(stream, target).type === EVENT_ID.MAPPING) return entry(stream, target, key);
  for (const source of stream.inside(target)) {
    const found = mergedEntry(stream, source, key);
    if (found !== null) return found;
  }
  return null;
}

/** A block scalar is found at its `|` or `>`, which is on the line before its text. */
function itemStart(stream: EventStream, index: number): number {
  const start = nodeStart(eventAt(stream, index));
  const header = start > 0 && stream.source[start - 1] === '\n' ? blockHeader(stream.source, start - 1) : -1;
  return header === -1 ? start : header;
}

function blockHeader(source: string, lineEnd: number): number {
  const line = source.lastIndexOf('\n', lineEnd - 1) + 1;
  const found = source.slice(line, lineEnd).search(/[|>][-+\d]*(?:[ \t]*|[ \t]+#.*)\r?$/);
  return found === -1 ? -1 : line + found;
}

const eventAt = (stream: EventStream, index: number): Event => stream.events[index] ?? { type: EVENT_ID.POP };

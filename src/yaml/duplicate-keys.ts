import { EVENT_ID } from 'js-yaml';
import type { Event } from 'js-yaml';
import { isMergeKey } from './construct.ts';
import { nodeStart } from './events.ts';
import type { EventStream } from './events.ts';
import type { TextRange } from './locate.ts';
import { positions } from './position.ts';
import type { Position } from './position.ts';
import { readAgain, readableKey } from './read-again.ts';

/** A key that stands in a map where the same key stands already: what was written first has no effect. */
export interface DuplicateKey extends Position {
  readonly key: string;
  readonly firstLine: number;
}

/** Every key of a document that is written twice in one map, in order. What a merge key brings in may be overwritten: that is its use. */
export function duplicateKeys(text: string, document: TextRange, position = positions(text)): DuplicateKey[] {
  const stream = readAgain(text.slice(document.start, document.end));
  if (stream === null) return [];
  const place = (offset: number): Position => position(document.start + stream.offset(offset));
  return repeats(stream).map(({ key, first, offset }) => ({ key, firstLine: place(first).line, ...place(offset) }));
}

interface Repeat {
  readonly key: string;
  readonly first: number;
  readonly offset: number;
}

interface Collection {
  /** Offsets of the keys of a map; null for a list. */
  readonly keys: Map<string, number> | null;
  /** Whether the next node is a key. */
  atKey: boolean;
}

function repeats(stream: EventStream): Repeat[] {
  const open: Collection[] = [];
  const found: Repeat[] = [];
  for (const [index, event] of stream.events.entries()) {
    if (event.type === EVENT_ID.POP) open.pop();
    if (event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) continue;
    const around = open.at(-1);
    if (around?.keys && around.atKey) found.push(...seen(stream, index, event, around.keys));
    if (around) around.atKey = !around.atKey;
    if (event.type === EVENT_ID.MAPPING) open.push({ keys: new Map(), atKey: true });
    if (event.type === EVENT_ID.SEQUENCE) open.push({ keys: null, atKey: false });
  }
  return found;
}

function seen(stream: EventStream, index: number, event: Event, keys: Map<string, number>): Repeat[] {
  const key = isMergeKey(stream, event) ? null : readableKey(stream, index);
  if (key === null) return [];
  const offset = Math.max(0, nodeStart(event));
  const first = keys.get(key);
  if (first !== undefined) return [{ key, first, offset }];
  keys.set(key, offset);
  return [];
}

import { COLLECTION_STYLE, EVENT_ID, SCALAR_STYLE } from 'js-yaml';
import type { Event, ScalarEvent } from 'js-yaml';
import { isMergeKey, keyText } from '../yaml/construct.ts';
import { readEvents } from '../yaml/events.ts';
import type { EventStream } from '../yaml/events.ts';
import type { TextRange } from '../yaml/locate.ts';
import { NotEditable } from './not-editable.ts';

/** A value as it is written. Offsets are into the text of the file: `start` at an anchor or tag, `content` after them. */
export type Node = MapNode | ListNode | ScalarNode | AliasNode;

interface Written {
  readonly start: number;
  readonly content: number;
  readonly end: number;
  /** `&name`, or nothing. */
  readonly anchor: string;
}

export interface MapNode extends Written {
  readonly kind: 'map';
  readonly flow: boolean;
  readonly entries: readonly Entry[];
}

export interface Entry {
  /** Of the key, or of the `?` before it. */
  readonly start: number;
  readonly key: Node;
  readonly name: string;
  readonly merge: boolean;
  /** After the colon; -1 where there is none. */
  readonly colon: number;
  readonly value: Node;
}

export interface ListNode extends Written {
  readonly kind: 'list';
  readonly flow: boolean;
  readonly items: readonly Item[];
}

export interface Item {
  /** Of the dash; in brackets, of the item itself. */
  readonly start: number;
  readonly value: Node;
}

export interface ScalarNode extends Written {
  readonly kind: 'scalar';
  /** Null because nothing is written. */
  readonly empty: boolean;
}

export interface AliasNode extends Written {
  readonly kind: 'alias';
  readonly target: Node;
}

/** The first document of the range, as it is written. @throws NotEditable */
export function textTree(text: string, { start, end }: TextRange): Node {
  const stream = parse(text.slice(start, end));
  const offset = (at: number): number => start + stream.offset(at);
  const reader: Reader = { text, end, stream, offset, index: 1, nodes: new Map() };
  const opening = /^\uFEFF?(?:---[^\n]*)?/.exec(text.slice(start, end))?.[0].length ?? 0;
  return readNode(reader, start + opening);
}

function parse(text: string): EventStream {
  try {
    const stream = readEvents(`${text}\n`);
    if (stream !== null) return stream;
  } catch (error) {
    throw new NotEditable('it is not written as YAML that can be edited', { cause: error });
  }
  throw new NotEditable('it holds nothing');
}

interface Reader {
  readonly text: string;
  /** Of the document. */
  readonly end: number;
  readonly stream: EventStream;
  readonly offset: (at: number) => number;
  index: number;
  /** Nodes by the index of their event. */
  readonly nodes: Map<number, Node>;
}

function readNode(reader: Reader, from: number): Node {
  const index = reader.index++;
  const event = reader.stream.events[index] ?? { type: EVENT_ID.POP };
  const node = written(reader, index, event, from);
  reader.nodes.set(index, node);
  return node;
}

function written(reader: Reader, index: number, event: Event, from: number): Node {
  if (event.type === EVENT_ID.ALIAS) return alias(reader, index, from);
  if (event.type === EVENT_ID.SCALAR) return scalar(reader, event, from);
  if (event.type !== EVENT_ID.MAPPING && event.type !== EVENT_ID.SEQUENCE) throw new NotEditable('it ends too early');
  const opening = properties(reader.text, event, from);
  const flow = '{['.includes(reader.text[opening.content] ?? ' ');
  // `[a: b]`: a map without braces.
  const bare = event.type === EVENT_ID.MAPPING && !flow && event.style === COLLECTION_STYLE.FLOW;
  if (bare) throw new NotEditable('a list in brackets holds a pair without braces');
  return event.type === EVENT_ID.MAPPING ? map(reader, opening, flow) : list(reader, opening, flow);
}

function alias(reader: Reader, index: number, from: number): AliasNode {
  const start = skipBlank(reader.text, from);
  const target = reader.nodes.get(reader.stream.targets.get(index) ?? -1);
  if (target === undefined) throw new NotEditable('an alias stands inside the value it names');
  const end = start + (/^\*[\w-]+/.exec(reader.text.slice(start, start + 1000))?.[0].length ?? 0);
  return { kind: 'alias', start, content: start, end, anchor: '', target };
}

function scalar(reader: Reader, event: ScalarEvent, from: number): ScalarNode {
  const { text } = reader;
  if (event.valueStart === -1) {
    if (event.anchorStart === -1 && event.tagStart === -1)
      return { kind: 'scalar', empty: true, start: from, content: from, end: from, anchor: '' };
    const { start, end, anchor } = properties(text, event, from);
    return { kind: 'scalar', empty: true, start, content: end, end, anchor };
  }
  const { start, content, anchor } = properties(text, event, from);
  return { kind: 'scalar', empty: false, start, content, end: scalarEnd(reader, event, content), anchor };
}

function scalarEnd({ text, end: last, offset }: Reader, event: ScalarEvent, content: number): number {
  if (event.style === SCALAR_STYLE.PLAIN) return offset(event.valueEnd);
  if (event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED) return offset(event.valueEnd) + 1;
  // The line feed that was added for the parser is not part of the file.
  const end = Math.min(Math.max(offset(event.valueEnd), content + 1), last);
  const body = text.slice(content, end);
  // Blank lines at the end belong to a text that keeps them (`|+`).
  return content + body.replace(event.chomping === 3 ? /\r?\n$/ : /\s+$/, '').length;
}

/** Skips as many anchors and tags as the event has. `end` is where the last of them ends. */
function properties(text: string, event: { anchorStart: number; tagStart: number }, from: number) {
  const start = skipBlank(text, from);
  let [content, end, anchor] = [start, start, ''];
  for (let count = Number(event.anchorStart !== -1) + Number(event.tagStart !== -1); count > 0; count--) {
    const word = /^(?:!<[^>]*>|&[\w-]+|![^\s,[\]{}]*)/.exec(text.slice(content, content + 1000))?.[0] ?? '';
    if (word.startsWith('&')) anchor = word;
    end = content + word.length;
    content = skipBlank(text, end);
  }
  return { start, content, end, anchor };
}

type Opening = ReturnType<typeof properties>;

function map(reader: Reader, { start, content, anchor }: Opening, flow: boolean): MapNode {
  const entries: Entry[] = [];
  let at = flow ? content + 1 : content;
  while (!closes(reader)) {
    const entry = readEntry(reader, next(reader.text, at, flow));
    entries.push(entry);
    at = entry.value.end;
  }
  return { kind: 'map', flow, start, content, anchor, entries, end: flow ? closing(reader.text, at, '}') : at };
}

function readEntry(reader: Reader, start: number): Entry {
  const { text, stream } = reader;
  const explicit = text[start] === '?' && /\s/.test(text[start + 1] ?? ' ');
  const index = reader.index;
  const merge = isMergeKey(stream, stream.events[index] ?? { type: EVENT_ID.POP });
  const key = readNode(reader, explicit ? start + 1 : start);
  if (key.kind === 'map' || key.kind === 'list') throw new NotEditable('a key is a list or a map');
  const colonAt = skipBlank(text, key.end);
  const colon = text[colonAt] === ':' ? colonAt + 1 : -1;
  const value = readNode(reader, colon === -1 ? key.end : colon);
  return { start, key, name: merge ? '' : keyText(stream, index), merge, colon, value };
}

function list(reader: Reader, { start, content, anchor }: Opening, flow: boolean): ListNode {
  const items: Item[] = [];
  let at = flow ? content + 1 : content;
  while (!closes(reader)) {
    const itemStart = next(reader.text, at, flow);
    if (!flow && reader.text[itemStart] !== '-') throw new NotEditable('a list item has no dash');
    const value = readNode(reader, flow ? itemStart : itemStart + 1);
    items.push({ start: itemStart, value });
    at = value.end;
  }
  return { kind: 'list', flow, start, content, anchor, items, end: flow ? closing(reader.text, at, ']') : at };
}

function closes(reader: Reader): boolean {
  const event = reader.stream.events[reader.index];
  if (event !== undefined && event.type !== EVENT_ID.POP) return false;
  reader.index++;
  return true;
}

/** Where the next entry or item begins, after a comma if there is one. */
function next(text: string, at: number, flow: boolean): number {
  const found = skipBlank(text, at);
  return flow && text[found] === ',' ? skipBlank(text, found + 1) : found;
}

function closing(text: string, at: number, bracket: string): number {
  const found = next(text, at, true);
  if (text[found] !== bracket) throw new NotEditable(`its ${bracket} was not found`);
  return found + 1;
}

/** The next character that is neither white space nor part of a comment. */
export function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (char === '#') at = lineFeed(text, at);
    else if (/\s|\uFEFF/.test(char)) at++;
    else break;
  }
  return at;
}

function lineFeed(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found === -1 ? text.length : found;
}

import { EVENT_ID, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { Event, ScalarEvent } from 'js-yaml';
import type { Json, JsonObject } from '../kube/json.ts';
import { nodeStart, skipNode } from './events.ts';
import type { EventStream } from './events.ts';
import { formatFloatKey } from './number.ts';
import { resolvePlain, resolveTagged } from './scalar.ts';
import type { Scalar } from './scalar.ts';
import { YamlError } from './yaml-error.ts';

/**
 * Makes the value of a document as kubectl does: the last of equal keys wins, a merge key overwrites what stands before it,
 * aliases are copied out, and too much copying is refused. Throws YamlError.
 */
export function construct(stream: EventStream): Json {
  try {
    return readNode({ ...stream, at: 1, count: 0, aliasCount: 0, aliasDepth: 0, open: new Set() });
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new YamlError(error.code, stream.offset(error.offset), error.message, { cause: error });
  }
}

/** A key that merges another mapping into this one. */
export function isMergeKey(stream: EventStream, event: Event): boolean {
  if (event.type !== EVENT_ID.SCALAR || event.valueEnd - event.valueStart !== 2 || getScalarValue(stream.source, event) !== '<<')
    return false;
  const tag = fullTag(stream, event);
  return tag === '!' || tag === 'tag:yaml.org,2002:merge' || (tag === '' && event.style === SCALAR_STYLE.PLAIN);
}

/** The text of a key as kubectl writes it in JSON. Throws YamlError where JSON has no such key. */
export function keyText(stream: EventStream, index: number): string {
  const event = stream.events[stream.targets.get(index) ?? index];
  const offset = nodeStart(stream.events[index] ?? { type: EVENT_ID.POP });
  if (event?.type !== EVENT_ID.SCALAR) throw new YamlError('key', offset, 'a list or a map cannot be a key');
  const value = scalarValue(stream, event);
  if (typeof value === 'string') return value;
  if (value === null) throw new YamlError('key', offset, 'a key cannot be null; put it in quotes');
  if (typeof value === 'number') return formatFloatKey(value);
  if (typeof value === 'bigint' && value >= 2n ** 63n)
    throw new YamlError('key', offset, 'this number is too large for a key; put it in quotes');
  return String(value);
}

interface Reader extends EventStream {
  at: number;
  /** Nodes read so far, and how many of them through an alias. */
  count: number;
  aliasCount: number;
  aliasDepth: number;
  /** Aliases being followed. */
  readonly open: Set<number>;
}

function readNode(reader: Reader): Json {
  const event = countNode(reader);
  if (event.type === EVENT_ID.SCALAR) {
    reader.at++;
    return toJson(reader, event);
  }
  if (event.type === EVENT_ID.ALIAS) return throughAlias(reader, readNode);
  if (event.type === EVENT_ID.MAPPING) return readMapping(reader, {});
  return readSequence(reader);
}

function readSequence(reader: Reader): Json[] {
  const items: Json[] = [];
  reader.at++;
  while (reader.events[reader.at]?.type !== EVENT_ID.POP) items.push(readNode(reader));
  reader.at++;
  return items;
}

function readMapping(reader: Reader, into: JsonObject): JsonObject {
  reader.at++;
  for (let event = reader.events[reader.at]; event !== undefined && event.type !== EVENT_ID.POP; event = reader.events[reader.at]) {
    if (isMergeKey(reader, event)) {
      reader.at++;
      mergeInto(reader, into);
      continue;
    }
    const key = readKey(reader);
    setOwn(into, key, readNode(reader));
  }
  reader.at++;
  return into;
}

function readKey(reader: Reader): string {
  const index = reader.at;
  const event = countNode(reader);
  if (event.type === EVENT_ID.ALIAS) throughAlias(reader, (inside) => void countNode(inside));
  const key = keyText(reader, index);
  reader.at = index + 1;
  return key;
}

function mergeInto(reader: Reader, into: JsonObject): void {
  const event = reader.events[reader.at];
  if (event?.type !== EVENT_ID.SEQUENCE) return mergeOne(reader, into);
  const items: number[] = [];
  for (let at = reader.at + 1; reader.events[at]?.type !== EVENT_ID.POP; at = skipNode(reader.events, at)) items.push(at);
  const after = skipNode(reader.events, reader.at);
  // The first of the list wins, so it is written last.
  for (const at of items.toReversed()) {
    reader.at = at;
    mergeOne(reader, into);
  }
  reader.at = after;
}

function mergeOne(reader: Reader, into: JsonObject): void {
  const index = reader.at;
  const event = reader.events[reader.targets.get(index) ?? index];
  if (event?.type !== EVENT_ID.MAPPING) {
    const offset = nodeStart(reader.events[index] ?? { type: EVENT_ID.POP });
    throw new YamlError('merge', Math.max(0, offset), 'a merge key (<<) takes a map, or a list of maps');
  }
  countNode(reader);
  if (reader.targets.has(index)) throughAlias(reader, (inside) => (countNode(inside), readMapping(inside, into)));
  else readMapping(reader, into);
}

function throughAlias<T>(reader: Reader, read: (reader: Reader) => T): T {
  const index = reader.at;
  if (reader.open.has(index)) throw new YamlError('alias-loop', offsetAt(reader), 'this alias stands inside the very value it names');
  reader.open.add(index);
  reader.aliasDepth++;
  reader.at = reader.targets.get(index) ?? index;
  const value = read(reader);
  reader.aliasDepth--;
  reader.open.delete(index);
  reader.at = index + 1;
  return value;
}

/** Counts as kubectl's reader does, so that the same documents are refused for copying too much. */
function countNode(reader: Reader): Event {
  reader.count++;
  if (reader.aliasDepth > 0) reader.aliasCount++;
  if (reader.open.size > maxAliasDepth) throw new YamlError('too-deep', offsetAt(reader), 'aliases inside aliases are nested too deeply');
  if (reader.aliasCount > 100 && reader.count > 1000 && reader.aliasCount / reader.count > allowedRatio(reader.count)) {
    throw new YamlError('alias-bomb', offsetAt(reader), 'aliases copy too much of this document; write the values out');
  }
  return reader.events[reader.at] ?? { type: EVENT_ID.POP };
}

const maxAliasDepth = 100;

/** 99 % of the nodes may come from aliases up to 400,000 nodes, falling evenly to 10 % at 4,000,000. */
function allowedRatio(count: number): number {
  const [low, high] = [400_000, 4_000_000];
  if (count <= low) return 0.99;
  return count >= high ? 0.1 : 0.99 - (0.89 * (count - low)) / (high - low);
}

const offsetAt = (reader: Reader): number => Math.max(0, nodeStart(reader.events[reader.at] ?? { type: EVENT_ID.POP }));

function toJson(stream: EventStream, event: ScalarEvent): Json {
  const value = scalarValue(stream, event);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'number') return value;
  if (Number.isFinite(value)) return value === 0 ? 0 : value;
  throw new YamlError('number', nodeStart(event), 'infinity and not-a-number cannot be written in JSON; put the value in quotes');
}

function scalarValue(stream: EventStream, event: ScalarEvent): Scalar {
  const text = getScalarValue(stream.source, event);
  if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !event.fast) refuseSurrogateEscapes(stream.source, event);
  if (event.tagStart === -1) return event.style === SCALAR_STYLE.PLAIN ? resolvePlain(text) : text;
  const resolved = resolveTagged(text, fullTag(stream, event));
  if ('problem' in resolved) throw new YamlError('tag', event.tagStart, resolved.problem);
  return resolved.value;
}

function fullTag(stream: EventStream, event: ScalarEvent): string {
  if (event.tagStart === -1) return '';
  const raw = stream.source.slice(event.tagStart, event.tagEnd);
  if (raw.startsWith('!<')) return raw.slice(2, -1);
  const handle = /^!(?:[\w-]*!)?/.exec(raw)?.[0] ?? '!';
  return (stream.handles.get(handle) ?? handle) + unescapeTag(raw.slice(handle.length));
}

function unescapeTag(suffix: string): string {
  try {
    return decodeURIComponent(suffix);
  } catch {
    return suffix;
  }
}

function refuseSurrogateEscapes(source: string, event: ScalarEvent): void {
  const raw = source.slice(event.valueStart, event.valueEnd);
  for (const escape of raw.matchAll(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[^uU])/g)) {
    const code = Number.parseInt(escape[1] ?? escape[2] ?? '0', 16);
    if ((code < 0xd800 || code > 0xdfff) && code <= 0x10ffff) continue;
    throw new YamlError(
      'syntax',
      event.valueStart + escape.index,
      `${escape[0]} is no character; write the code point itself, or \\U and eight digits`,
    );
  }
}

/** Assigning to `__proto__` would set the prototype instead of a key. */
function setOwn(into: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

import { COLLECTION_STYLE, EVENT_ID, SCALAR_STYLE, YAMLException } from 'js-yaml';
import type { DocumentEvent, Event } from 'js-yaml';
import { parseAnyIndent } from './flow-indent.ts';
import type { ParsedText } from './flow-indent.ts';
import { YamlError } from './yaml-error.ts';

/** The first YAML document of a text, as parser events; `events[0]` opens the document and `events[1]` is its root. */
export interface EventStream extends ParsedText {
  /** Event of the anchored node for each alias event, both by index. */
  readonly targets: ReadonlyMap<number, number>;
  /** Full prefix of each tag handle. */
  readonly handles: ReadonlyMap<string, string>;
  /** Events of the nodes right inside a collection: items, or keys and values in turn. */
  readonly inside: (collection: number) => readonly number[];
}

/** Collections deeper than this are refused: far beyond any manifest, and far from the end of the stack. */
export const maxDepth = 500;

/**
 * Reads the first document of a text, or null where it holds none. Whatever follows that document inside the text is ignored, as kubectl does.
 * Throws YamlError.
 */
export function readEvents(text: string): EventStream | null {
  const source = upToEndMarker(text);
  refuseCharacters(source);
  const parsed = parseLenient(source);
  const opening = parsed.events[0];
  if (opening?.type === EVENT_ID.DOCUMENT)
    return { ...parsed, targets: aliasTargets(parsed), handles: tagHandles(opening), inside: nodesInside(parsed.events) };
  if (source === text) return null;
  throw new YamlError('syntax', source.length, 'a document cannot begin with its end marker (...)');
}

/** Index of the event after the node at `index`. */
export function skipNode(events: readonly Event[], index: number): number {
  let depth = 0;
  for (let at = index; at < events.length; at++) {
    const type = events[at]?.type;
    if (type === EVENT_ID.POP) depth--;
    else if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    if (depth === 0) return at + 1;
  }
  return events.length;
}

/** Each collection is gone through once, however often it is asked for: a list may hold ten thousand objects. */
function nodesInside(events: readonly Event[]): EventStream['inside'] {
  const known = new Map<number, readonly number[]>();
  return (collection) => {
    const found = known.get(collection) ?? [...nodes(events, collection + 1)];
    known.set(collection, found);
    return found;
  };
}

function* nodes(events: readonly Event[], first: number): Generator<number> {
  for (let at = first; at < events.length && events[at]?.type !== EVENT_ID.POP; at = skipNode(events, at)) yield at;
}

/** Where the text of a node begins: at its content, not at its anchor or tag. -1 for an empty node without either. */
export function nodeStart(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return scalarStart(event.valueStart, event.style, Math.max(event.tagStart, event.anchorStart - 1));
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  return event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE ? event.start : -1;
}

const quoted: ReadonlySet<number> = new Set([SCALAR_STYLE.SINGLE_QUOTED, SCALAR_STYLE.DOUBLE_QUOTED]);

function scalarStart(valueStart: number, style: number, propertyStart: number): number {
  if (valueStart === -1) return propertyStart < 0 ? -1 : propertyStart;
  return quoted.has(style) ? valueStart - 1 : valueStart;
}

/** A `...` line ends the document wherever it stands. */
function upToEndMarker(text: string): string {
  const end = /^\.\.\.(?=\s|$)/m.exec(text);
  return end === null ? text : text.slice(0, end.index);
}

const control = /[[\p{Cc}\p{Cs}\uFFFE\uFFFF]--[\t\n\r\x85]]/v;
const ambiguous = /[\x85\u2028\u2029]|(?<=[\r\n])\uFEFF/;

function refuseCharacters(text: string): void {
  const bad = control.exec(text);
  if (bad !== null)
    throw new YamlError(
      'control-character',
      bad.index,
      `control character ${codePoint(bad[0])} is not allowed; write it as an escape in double quotes`,
    );
  const separator = ambiguous.exec(text);
  if (separator !== null) {
    const message = `${codePoint(separator[0])} can end a line for one reader and not for another; write it as an escape in double quotes`;
    throw new YamlError('line-separator', separator.index, message);
  }
}

const codePoint = (char: string): string => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

const afterDocument = 'end of the stream or a document separator is expected';

function parseLenient(source: string): ParsedText {
  try {
    return parseAnyIndent(source, maxDepth);
  } catch (error) {
    const failure = asYamlError(error);
    if (!(error instanceof YAMLException) || error.reason !== afterDocument) throw failure;
    return parseDocumentBefore(source, failure);
  }
}

/** kubectl never sees what follows a complete document, which only one in braces can be known to be. */
function parseDocumentBefore(source: string, failure: YamlError): ParsedText {
  try {
    const parsed = parseAnyIndent(source.slice(0, failure.offset), maxDepth);
    const root = parsed.events[1];
    if (root?.type === EVENT_ID.MAPPING && root.style === COLLECTION_STYLE.FLOW) return parsed;
  } catch {
    // The first failure says more.
  }
  throw failure;
}

function asYamlError(error: unknown): YamlError {
  if (error instanceof YAMLException) {
    const offset = error.mark?.position ?? 0;
    if (error.reason.startsWith('nesting exceeded'))
      return new YamlError('too-deep', offset, `nested deeper than ${maxDepth} levels`, { cause: error });
    return new YamlError('syntax', offset, error.reason, { cause: error });
  }
  return new YamlError('too-deep', 0, `nested too deeply`, { cause: error });
}

function aliasTargets({ events, source, offset }: ParsedText): ReadonlyMap<number, number> {
  const targets = new Map<number, number>();
  const anchors = new Map<string, number>();
  events.forEach((event, index) => {
    if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP || event.anchorStart === -1) return;
    const name = source.slice(event.anchorStart, event.anchorEnd);
    if (!/^[\w-]+$/.test(name))
      throw new YamlError('syntax', offset(event.anchorStart), 'the name of an anchor may hold letters, digits, - and _ only');
    if (event.type !== EVENT_ID.ALIAS) anchors.set(name, index);
    const target = anchors.get(name);
    if (target === undefined)
      throw new YamlError('unknown-anchor', offset(event.anchorStart - 1), `no anchor &${name} stands before this alias`);
    if (event.type === EVENT_ID.ALIAS) targets.set(index, target);
  });
  return targets;
}

function tagHandles(opening: DocumentEvent): ReadonlyMap<string, string> {
  const handles = new Map([
    ['!', '!'],
    ['!!', 'tag:yaml.org,2002:'],
  ]);
  for (const directive of opening.directives) if (directive.kind === 'tag') handles.set(directive.handle, directive.prefix);
  return handles;
}

import type { Json } from '../kube/json.ts';
import { construct } from './construct.ts';
import { nodeStart, readEvents } from './events.ts';
import { looksLikeJson, readJsonValue } from './json-stream.ts';
import { positions } from './position.ts';
import type { Position } from './position.ts';
import { splitDocuments } from './split.ts';
import type { Chunk } from './split.ts';
import { YamlError } from './yaml-error.ts';
import type { YamlErrorCode } from './yaml-error.ts';

/** A document that was read. Offsets are into the text of the file; `line` is that of its first key. */
export interface YamlDocument {
  readonly value: Json;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** A document that cannot be read, and why, in words for the one who wrote it. */
export interface UnreadDocument {
  readonly error: Position & { readonly code: YamlErrorCode; readonly message: string };
}

export type DocumentRead = YamlDocument | UnreadDocument;

/**
 * Reads every document of a YAML or JSON file exactly as kubectl 1.36 reads it. Documents that hold nothing are left out, as kubectl does.
 * Never throws. Where kubectl stops at the first fault of a file, reading goes on with the next YAML document.
 */
export function readDocuments(text: string): DocumentRead[] {
  const file: File = { text, locate: positions(text), read: [] };
  const yamlFrom = looksLikeJson(text) ? readJsonStream(file) : 0;
  if (yamlFrom !== null) for (const chunk of splitDocuments(text, yamlFrom)) readChunk(file, chunk);
  return file.read;
}

interface File {
  readonly text: string;
  readonly locate: (offset: number) => Position;
  readonly read: DocumentRead[];
}

/** Reads JSON values one after another. Answers where YAML goes on, since kubectl settles on JSON only at the second value; null for nowhere. */
function readJsonStream(file: File): number | null {
  let from = 0;
  for (let count = 0; ; count++) {
    try {
      const found = readJsonValue(file.text, from);
      if (found === null) return null;
      keep(file, found.value, found.start, found.start, found.end);
      from = found.end;
    } catch (error) {
      if (count < 2) return afterBlankLine(file.text, from);
      refuse(file, error, 0);
      return null;
    }
  }
}

function afterBlankLine(text: string, from: number): number {
  return from + (/^[^\S\n]*\n?/.exec(text.slice(from))?.[0].length ?? 0);
}

function readChunk(file: File, chunk: Chunk): void {
  try {
    if (chunk.badSeparator !== undefined) throw new YamlError('separator', chunk.badSeparator - chunk.start, separatorAdvice);
    const stream = readEvents(chunkText(file.text, chunk));
    const root = stream?.events[1];
    if (stream === null || root === undefined) return;
    keep(file, construct(stream), chunk.start + stream.offset(Math.max(0, nodeStart(root))), chunk.start, chunk.end);
  } catch (error) {
    refuse(file, error, chunk.start);
  }
}

const separatorAdvice = 'only white space or a comment may follow --- on its line; put the document on the next line';

/** kubectl reads whole lines, so the last one ends even where the file does not end it. */
const chunkText = (text: string, chunk: Chunk): string =>
  `${text.slice(chunk.start, chunk.end)}${text[chunk.end - 1] === '\n' ? '' : '\n'}`;

function keep(file: File, value: Json, first: number, start: number, end: number): void {
  if (value !== null) file.read.push({ value, line: file.locate(first).line, start, end });
}

function refuse(file: File, error: unknown, start: number): void {
  if (!(error instanceof YamlError)) throw error;
  const offset = Math.min(start + error.offset, file.text.length);
  file.read.push({ error: { code: error.code, ...file.locate(offset), message: error.message } });
}

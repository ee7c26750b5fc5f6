import type { Json } from '../kube/json.ts';
import { readDocuments } from '../yaml/read.ts';
import type { DocumentRead, YamlDocument } from '../yaml/read.ts';
import { applyEdits, editDocument } from './edit.ts';
import type { LeftCure } from './edit.ts';
import type { Curing } from './patch.ts';
import { sameJson } from './same-json.ts';

export interface EditedFile {
  readonly text: string;
  /** Cures that were not carried out, by the number of the document from 0. */
  readonly left: readonly (LeftCure & { readonly document: number })[];
}

/**
 * Cures the documents of a file, by their numbers from 0. The new text is read again as a whole: unless every document is what it is
 * meant to be, the file stays as it was.
 */
export function editFile(text: string, cures: ReadonlyMap<number, readonly Curing[]>): EditedFile {
  const documents = readDocuments(text);
  if (!documents.every(isRead)) return untouched(text, cures, 'another document of the file cannot be read');
  const edited = documents.map((document, index) => editDocument(text, document, cures.get(index) ?? []));
  const result = applyEdits(
    text,
    edited.flatMap(({ edits }) => edits),
  );
  const read = readDocuments(result);
  const asWanted = edited.map(({ value }, index) => holds(read[index], value));
  if (read.length !== edited.length || asWanted.includes(false)) return untouched(text, cures, 'the file would not have meant the same');
  return { text: result, left: edited.flatMap(({ left }, document) => left.map((cure) => ({ ...cure, document }))) };
}

const isRead = (document: DocumentRead): document is YamlDocument => 'value' in document;

const holds = (document: DocumentRead | undefined, value: Json): boolean =>
  document !== undefined && isRead(document) && sameJson(document.value, value);

function untouched(text: string, cures: ReadonlyMap<number, readonly Curing[]>, why: string): EditedFile {
  return { text, left: [...cures].flatMap(([document, all]) => all.map(({ path }) => ({ document, path, why }))) };
}

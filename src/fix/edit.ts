import type { Json } from '../kube/json.ts';
import { readDocuments } from '../yaml/read.ts';
import type { YamlDocument } from '../yaml/read.ts';
import { applyCures } from './apply-cures.ts';
import { NotEditable } from './not-editable.ts';
import { patchOf } from './patch.ts';
import type { Curing, Patch } from './patch.ts';
import { rewrite } from './rewrite.ts';
import type { Edit } from './rewrite.ts';
import { fatesOf } from './sharing.ts';
import { sameJson } from './same-json.ts';
import { styleOf } from './style.ts';
import { textTree } from './text-tree.ts';

export type { Edit } from './rewrite.ts';

/** A cure that was not carried out: the document stays as it is at this path. */
export interface LeftCure {
  readonly path: string;
  readonly why: string;
}

interface Edited {
  readonly edits: readonly Edit[];
  /** The document as it will be. */
  readonly value: Json;
}

export interface EditedDocument extends Edited {
  readonly left: readonly LeftCure[];
}

/**
 * Edits of the file that make one of its documents equal to `applyCures` of it, and change nothing else. What they make of the text is read
 * again and compared; where that fails, the cures are tried one by one, and those that cannot be carried out safely are left.
 * @param cures with paths from the root of the document.
 */
export function editDocument(text: string, document: YamlDocument, cures: readonly Curing[]): EditedDocument {
  const whole = attempt(text, document, cures);
  if ('edits' in whole) return { ...whole, left: [] };
  const left: LeftCure[] = [];
  if (cures.length * (document.end - document.start) > retryBudget) left.push(...cures.map(({ path }) => ({ path, why: whole.why })));
  let kept: Edited = { edits: [], value: document.value };
  const taken: Curing[] = [];
  for (const cure of left.length > 0 ? [] : cures) {
    const more = attempt(text, document, [...taken, cure]);
    if ('why' in more) left.push({ path: cure.path, why: more.why });
    else [kept] = [more, taken.push(cure)];
  }
  return { ...kept, left };
}

/** The text with the edits made. They must not overlap, and those at one offset are made in their order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: put } of edits) {
    result += text.slice(at, start) + put;
    at = end;
  }
  return result + text.slice(at);
}

/** Characters read again before cures are no longer tried one by one: a second or so. */
const retryBudget = 4_000_000;

function attempt(text: string, document: YamlDocument, cures: readonly Curing[]): Edited | { why: string } {
  const patch = patchOf(document.value, cures);
  if (patch === undefined) return { edits: [], value: document.value };
  try {
    const value = applyCures(document.value, cures);
    const edits = inOrder(editsFor(text, document, patch));
    return reads(text, document, edits, value) ? { edits, value } : { why: 'the result would not have meant the same' };
  } catch (error) {
    if (!(error instanceof NotEditable)) throw error;
    return { why: error.message };
  }
}

function editsFor(text: string, document: YamlDocument, patch: Patch): Edit[] {
  const root = textTree(text, document);
  const edits: Edit[] = [];
  rewrite({ text, style: styleOf(text, root, document), fates: fatesOf(root, patch), edits }, root, document.value, patch, {
    kind: 'root',
  });
  return edits;
}

/** By offset; at one offset, what is inserted comes before what is replaced. */
function inOrder(edits: readonly Edit[]): Edit[] {
  const sorted = edits.toSorted((a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start));
  for (const [index, { start }] of sorted.entries()) {
    if (start < (sorted[index - 1]?.end ?? 0)) throw new NotEditable('two edits touch the same text');
  }
  return sorted;
}

/** The edited document, read on its own, is the one wanted. */
function reads(text: string, { start, end }: YamlDocument, edits: readonly Edit[], wanted: Json): boolean {
  const moved = edits.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }));
  const [read, ...more] = readDocuments(applyEdits(text.slice(start, end), moved));
  return more.length === 0 && read !== undefined && 'value' in read && sameJson(read.value, wanted);
}

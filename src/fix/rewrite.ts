import type { Json } from '../kube/json.ts';
import { editMap, editList } from './edit-collection.ts';
import { replaceInBlock } from './replace-block.ts';
import { NotEditable } from './not-editable.ts';
import type { Patch } from './patch.ts';
import { renderFlow } from './render.ts';
import { aliasPatch } from './sharing.ts';
import type { Fates } from './sharing.ts';
import type { FlowStyle, Style } from './style.ts';
import type { Node } from './text-tree.ts';

/** Characters `start` to `end` of the file become `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Rewriting {
  readonly text: string;
  readonly style: Style;
  readonly fates: Fates;
  /** In the order in which edits at one offset are to be made. */
  readonly edits: Edit[];
}

/** What a value stands behind: a key, a dash, or a bracket; `at` is after the colon or the dash, -1 for a key without a colon. */
export type Slot =
  | { readonly kind: 'entry'; readonly at: number; readonly column: number }
  | { readonly kind: 'item'; readonly at: number; readonly column: number }
  | { readonly kind: 'flow'; readonly at: number; readonly style: FlowStyle }
  | { readonly kind: 'root' };

/** Collects the edits that make of a node what its patch, and those of the anchors it names, want. @throws NotEditable */
export function rewrite(to: Rewriting, node: Node, value: Json | undefined, patch: Patch | undefined, slot: Slot): void {
  if (node.kind === 'alias') {
    const alias = aliasPatch(to.fates, node, value);
    if (alias?.kind === 'replace') replace(to, node, alias.value, slot);
  } else if (patch?.kind === 'replace') replace(to, node, patch.value, slot);
  else if (node.kind === 'map' && patch?.kind !== 'list') editMap(to, node, value, patch, slot);
  else if (node.kind === 'list' && patch?.kind !== 'map') editList(to, node, value, patch, slot);
  else if (patch !== undefined) throw new NotEditable('its text does not show its value');
}

/** Writes another value in the place of a node; its anchor stays. @throws NotEditable */
export function replace(to: Rewriting, node: Node, value: Json, slot: Slot): void {
  if (slot.kind === 'root') throw new NotEditable('nothing would be left');
  if (slot.kind !== 'flow') return replaceInBlock(to, node, value, slot);
  const anchor = node.anchor === '' ? '' : `${node.anchor} `;
  const empty = node.kind === 'scalar' && node.empty;
  const before = empty ? (slot.at === -1 ? ': ' : ' ') : '';
  to.edits.push({ start: node.start, end: node.end, text: before + anchor + renderFlow(value, slot.style) });
}

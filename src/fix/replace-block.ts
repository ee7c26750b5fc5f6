import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { column, lineEnd, lineStart, opensLine, previousLineEnd } from './lines.ts';
import { NotEditable } from './not-editable.ts';
import { renderBlock, renderFlow } from './render.ts';
import type { Rendered } from './render.ts';
import type { Rewriting, Slot } from './rewrite.ts';
import { flowStyleOf, plainFlow } from './style.ts';
import type { Node } from './text-tree.ts';

type BlockSlot = Exclude<Slot, { readonly kind: 'flow' | 'root' }>;

/** Writes another value behind a key or a dash of block YAML. @throws NotEditable */
export function replaceInBlock(to: Rewriting, node: Node, value: Json, slot: BlockSlot): void {
  const rendered = renderLike(to, node, value);
  if (isBlockCollection(node)) replaceLines(to, node, value, rendered, slot);
  else if ('inline' in rendered) replaceInline(to, node, rendered.inline, slot);
  else if (slot.kind === 'entry' || node.anchor !== '') openBelow(to, node, value, rendered.lines, slot);
  else openBeside(to, node, rendered.lines, slot);
}

const isBlockCollection = (node: Node): boolean => (node.kind === 'map' || node.kind === 'list') && !node.flow;

/** What was written in brackets is again, and what was a list of dashes too. */
function renderLike({ text, style }: Rewriting, node: Node, value: Json): Rendered {
  const alike =
    (node.kind === 'list' && Array.isArray(value) && node.items.length > 0) ||
    (node.kind === 'map' && node.entries.length > 0 && isObject(value));
  if (!alike) return renderBlock(value, style);
  if (node.flow) return { inline: renderFlow(value, flowStyleOf(text, node, plainFlow, style.lineEnding)) };
  return renderBlock(value, { ...style, brackets: false });
}

function replaceInline(to: Rewriting, node: Node, inline: string, slot: BlockSlot): void {
  if (node.kind === 'scalar' && node.empty) return insert(to, head(to, node, slot), ` ${inline}`);
  const anchor = node.anchor === '' ? '' : `${node.anchor} `;
  const start = hasTag(to.text, node) ? node.start : node.content;
  to.edits.push({ start, end: node.end, text: (start === node.content ? '' : anchor) + inline });
}

/** `key: {}` becomes `key:` and lines below, which leave a comment at its end where it is. */
function openBelow(to: Rewriting, node: Node, value: Json, lines: readonly string[], slot: BlockSlot): void {
  to.edits.push({ start: head(to, node, slot), end: node.end, text: '' });
  insert(to, lineEnd(to.text, node.end), below(to, lines, slot.column + deeper(to, value, slot)));
}

function openBeside(to: Rewriting, node: Node, [first = '', ...rest]: readonly string[], slot: BlockSlot): void {
  const empty = node.kind === 'scalar' && node.empty;
  const at = empty ? slot.at + 1 : node.start;
  const indent = empty ? slot.column + 2 : column(to.text, at);
  if (!empty && !sameLine(to.text, slot.at, at)) throw new NotEditable('its dash stands on another line');
  to.edits.push({ start: node.start, end: node.end, text: empty ? ` ${first}` : first });
  insert(to, lineEnd(to.text, node.end), below(to, rest, indent));
}

function replaceLines(to: Rewriting, node: Node, value: Json, rendered: Rendered, slot: BlockSlot): void {
  const { text } = to;
  const opens = opensLine(text, node.content);
  if ('lines' in rendered) {
    const same = !opens || Array.isArray(value) === (node.kind === 'list');
    const indent = same ? column(text, node.content) : slot.column + deeper(to, value, slot);
    const put = below(to, rendered.lines, indent).slice(to.style.lineEnding.length);
    to.edits.push({ start: opens ? lineStart(text, node.content) : node.content, end: node.end, text: opens ? put : put.trimStart() });
  } else if (opens) {
    insert(to, head(to, node, slot), ` ${rendered.inline}`);
    to.edits.push({ start: previousLineEnd(text, node.content), end: lineEnd(text, node.end), text: '' });
  } else to.edits.push({ start: node.content, end: node.end, text: rendered.inline });
}

/** Columns that the lines of a value stand deeper than its key or dash. */
function deeper({ style }: Rewriting, value: Json, slot: BlockSlot): number {
  if (slot.kind === 'item') return 2;
  return Array.isArray(value) ? style.listIndent : style.mapIndent;
}

/** After the colon or the dash, or after the anchor. */
function head(to: Rewriting, node: Node, slot: BlockSlot): number {
  if (slot.at === -1) throw new NotEditable('its key has no colon');
  if (node.anchor === '' && node.start === node.content) return slot.at;
  if (hasTag(to.text, node) || node.anchor === '') throw new NotEditable('it has a tag');
  return node.start + node.anchor.length;
}

const hasTag = (text: string, node: Node): boolean => /(?:^|\s)!/.test(text.slice(node.start, node.content).replace(/#.*/g, ''));

const sameLine = (text: string, a: number, b: number): boolean => !text.slice(a, b).includes('\n');

const below = ({ style }: Rewriting, lines: readonly string[], indent: number): string =>
  lines.map((line) => style.lineEnding + ' '.repeat(indent) + line).join('');

function insert(to: Rewriting, at: number, text: string): void {
  if (text !== '') to.edits.push({ start: at, end: at, text });
}

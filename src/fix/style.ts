import type { TextRange } from '../yaml/locate.ts';
import { column, lineEnding, lineStart } from './lines.ts';
import type { ListNode, MapNode, Node } from './text-tree.ts';
import { skipBlank } from './text-tree.ts';

/** How a document is written, so that what is added looks like the rest. */
export interface Style {
  readonly lineEnding: '\r\n' | '\n';
  /** Columns that a map stands deeper than its key, and the dash of a list. */
  readonly mapIndent: number;
  readonly listIndent: number;
  /** Lists of plain values stand in brackets. */
  readonly brackets: boolean;
  /** Keys and texts stand in double quotes. */
  readonly quoted: boolean;
}

/** How something in braces or brackets is written. */
export interface FlowStyle {
  /** `"key"`, not `key`. */
  readonly quoted: boolean;
  readonly colon: ':' | ': ';
  readonly comma: ',' | ', ';
  /** Between braces and what they hold; brackets stand close where braces do not say otherwise. */
  readonly pad: '' | ' ';
  /** White space at the start of lines, and what each level adds; null for one line. */
  readonly lines: { readonly base: string; readonly step: string; readonly ending: string } | null;
}

/** Braces inside block YAML. */
export const plainFlow: FlowStyle = { quoted: false, colon: ': ', comma: ', ', pad: '', lines: null };

/** Braces around a whole document: JSON. */
export const jsonFlow: FlowStyle = { ...plainFlow, quoted: true };

export function styleOf(text: string, root: Node, { start, end }: TextRange): Style {
  const seen: Seen = { maps: [], lists: [], brackets: 0 };
  look(text, root, seen);
  return {
    lineEnding: lineEnding(text.slice(start, end)),
    mapIndent: mostCommon(seen.maps) ?? 2,
    listIndent: mostCommon(seen.lists) ?? 2,
    brackets: seen.brackets >= 0,
    quoted: false,
  };
}

interface Seen {
  readonly maps: number[];
  readonly lists: number[];
  /** Lists of plain values in brackets, less those with dashes. */
  brackets: number;
}

function look(text: string, node: Node, seen: Seen): void {
  if (node.kind === 'list') {
    if (node.items.length > 0 && node.items.every(({ value }) => value.kind === 'scalar')) seen.brackets += node.flow ? 1 : -1;
    for (const { value } of node.items) look(text, value, seen);
  }
  if (node.kind !== 'map') return;
  for (const { start, value } of node.entries) {
    if (!node.flow) measure(text, start, value, seen);
    look(text, value, seen);
  }
}

function measure(text: string, key: number, value: Node, seen: Seen): void {
  if (value.kind !== 'map' && value.kind !== 'list') return;
  if (!value.flow) (value.kind === 'map' ? seen.maps : seen.lists).push(column(text, value.content) - column(text, key));
}

function mostCommon(numbers: readonly number[]): number | null {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  const [best] = [...counts].toSorted(([a, left], [b, right]) => right - left || a - b);
  return best?.[0] ?? null;
}

/** How something in braces or brackets is written; what it does not show itself, it takes from what stands around it. */
export function flowStyleOf(text: string, node: MapNode | ListNode, around: FlowStyle, ending: string): FlowStyle {
  const lines = startsOnOwnLine(text, node) ? { ...indentOf(text, node), ending } : null;
  const [one, two] = node.kind === 'map' ? node.entries : [];
  if (node.kind === 'list' || one === undefined) return { ...around, lines };
  const quoted = node.entries.every(({ key }) => text[key.content] === '"');
  const tight = quoted && one.colon === one.value.start && one.value.end > one.colon;
  const comma = two === undefined ? !tight : /\s/.test(text.slice(one.value.end, two.start));
  return {
    quoted,
    colon: tight ? ':' : ': ',
    comma: comma ? ', ' : ',',
    pad: /[ \t]/.test(text[node.content + 1] ?? '') ? ' ' : '',
    lines,
  };
}

/** The first thing inside stands on another line than the bracket. */
const startsOnOwnLine = (text: string, node: MapNode | ListNode): boolean =>
  text.slice(node.content, firstInside(text, node)).includes('\n');

function firstInside(text: string, node: MapNode | ListNode): number {
  const [inside] = node.kind === 'map' ? node.entries : node.items;
  return inside?.start ?? skipBlank(text, node.content + 1);
}

function indentOf(text: string, node: MapNode | ListNode): { base: string; step: string } {
  const inner = indentAt(text, firstInside(text, node));
  const outer = indentAt(text, node.content);
  return { base: inner, step: inner.startsWith(outer) && inner.length > outer.length ? inner.slice(outer.length) : '  ' };
}

/** White space at the start of the line. */
const indentAt = (text: string, at: number): string => /^[ \t]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? '';

import type { Json } from '../kube/json.ts';
import { column, lineEnd } from './lines.ts';
import { applyPatch, own } from './patch.ts';
import type { Patch } from './patch.ts';
import { removeParts } from './remove-parts.ts';
import { entryLines, flowEntry } from './render.ts';
import { replace, rewrite } from './rewrite.ts';
import type { Rewriting, Slot } from './rewrite.ts';
import { isInForce, spelledPatch } from './sharing.ts';
import { flowStyleOf, jsonFlow, plainFlow } from './style.ts';
import type { FlowStyle } from './style.ts';
import type { ListNode, MapNode } from './text-tree.ts';

type Added = readonly (readonly [key: string, value: Json])[];

/** Edits inside a map: values first, then what goes, then what is added at its end. @throws NotEditable */
export function editMap(to: Rewriting, node: MapNode, value: Json | undefined, patch: Patch | undefined, slot: Slot): void {
  const wanted = spelledPatch(to.fates, node, value, patch?.kind === 'map' ? patch.entries : new Map());
  const goes = node.entries.map(({ name, merge }) => !merge && wanted.get(name)?.kind === 'remove');
  const added = addedTo(node, wanted);
  if (goes.every(Boolean)) {
    if (goes.length + added.length > 0) replace(to, node, Object.fromEntries(added), slot);
    return;
  }
  const style = styleInside(to, node, slot);
  for (const [index, entry] of node.entries.entries()) {
    if (goes[index] === true || entry.merge) continue;
    const inside: Slot = style
      ? { kind: 'flow', at: entry.colon, style }
      : { kind: 'entry', at: entry.colon, column: column(to.text, entry.start) };
    rewrite(to, entry.value, own(value, entry.name), isInForce(node, entry) ? wanted.get(entry.name) : undefined, inside);
  }
  to.edits.push(...removeParts(to.text, node.entries, goes, node.flow));
  if (added.length === 0) return;
  if (style) addInBraces(to, node, added, style);
  else addLines(to, node, added);
}

/** Edits inside a list: values first, then what goes. @throws NotEditable */
export function editList(to: Rewriting, node: ListNode, value: Json | undefined, patch: Patch | undefined, slot: Slot): void {
  const wanted: ReadonlyMap<number, Patch> = patch?.kind === 'list' ? patch.items : new Map();
  const goes = node.items.map((_, index) => wanted.get(index)?.kind === 'remove');
  if (goes.length > 0 && goes.every(Boolean)) return replace(to, node, [], slot);
  const style = styleInside(to, node, slot);
  for (const [index, item] of node.items.entries()) {
    if (goes[index] === true) continue;
    const inside: Slot = style
      ? { kind: 'flow', at: item.start, style }
      : { kind: 'item', at: item.start + 1, column: column(to.text, item.start) };
    rewrite(to, item.value, Array.isArray(value) ? value[index] : undefined, wanted.get(index), inside);
  }
  to.edits.push(...removeParts(to.text, node.items, goes, node.flow));
}

function addedTo(node: MapNode, wanted: ReadonlyMap<string, Patch>): Added {
  const written = new Set(node.entries.filter(({ merge }) => !merge).map(({ name }) => name));
  return [...wanted].flatMap(([name, patch]) => {
    const value = written.has(name) ? undefined : applyPatch(undefined, patch);
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** Null for block YAML. */
function styleInside({ text, style }: Rewriting, node: MapNode | ListNode, slot: Slot): FlowStyle | null {
  if (!node.flow) return null;
  const around = slot.kind === 'flow' ? slot.style : slot.kind === 'root' ? jsonFlow : plainFlow;
  return flowStyleOf(text, node, around, style.lineEnding);
}

function addLines({ text, style, edits }: Rewriting, node: MapNode, added: Added): void {
  const indent = ' '.repeat(column(text, node.entries[0]?.start ?? node.content));
  const quoted = node.entries.every(({ key }) => text[key.content] === '"');
  const lines = added.flatMap(([key, value]) => entryLines(key, value, { ...style, quoted }));
  const at = lineEnd(text, node.end);
  edits.push({ start: at, end: at, text: lines.map((line) => style.lineEnding + indent + line).join('') });
}

function addInBraces({ text, edits }: Rewriting, node: MapNode, added: Added, style: FlowStyle): void {
  const last = node.entries.at(-1)?.value.end ?? node.content + 1;
  const parts = added.map(([key, value]) => flowEntry(key, value, style));
  if (style.lines === null) return void edits.push({ start: last, end: last, text: parts.map((part) => style.comma + part).join('') });
  const { base, ending } = style.lines;
  const lines = parts.map((part) => ending + base + part).join(',');
  const rest = /^[ \t]*(,?)[ \t]*(?:#.*)?$/.exec(text.slice(last, lineEnd(text, last)));
  if (rest === null) return void edits.push({ start: last, end: last, text: `,${lines}` });
  // A comment behind the last entry stays behind it.
  if (rest[1] === '') edits.push({ start: last, end: last, text: ',' });
  edits.push({ start: lineEnd(text, last), end: lineEnd(text, last), text: lines });
}

import type { Json } from '../kube/json.ts';
import { NotEditable } from './not-editable.ts';
import { applyPatch, own, samePatch } from './patch.ts';
import type { Patch } from './patch.ts';
import type { AliasNode, Entry, MapNode, Node } from './text-tree.ts';

/** What becomes of the text of each node: its own patch, or gone with something around it. */
export type Fates = ReadonlyMap<Node, Patch | 'gone' | undefined>;

/** Spreads the patch of a document over its text. What an alias brings in keeps the fate of the place where it is written. */
export function fatesOf(root: Node, patch: Patch | undefined): Fates {
  const fates = new Map<Node, Patch | 'gone' | undefined>();
  spread(root, patch);
  return fates;

  function spread(node: Node, fate: Patch | 'gone' | undefined): void {
    fates.set(node, fate);
    const inside = fate === 'gone' || fate?.kind === 'replace' || fate?.kind === 'remove' ? 'gone' : fate;
    if (node.kind === 'list') node.items.forEach(({ value }, index) => spread(value, below(inside, index)));
    if (node.kind !== 'map') return;
    for (const entry of node.entries) spread(entry.value, isInForce(node, entry) ? below(inside, entry.name) : around(inside));
  }
}

function below(fate: Patch | 'gone' | undefined, step: string | number): Patch | 'gone' | undefined {
  if (fate === 'gone' || fate === undefined) return fate;
  if (fate.kind === 'list') return typeof step === 'number' ? fate.items.get(step) : undefined;
  return fate.kind === 'map' ? fate.entries.get(String(step)) : undefined;
}

/** Nothing leads to what another key overrides, nor into a merge key. */
const around = (fate: Patch | 'gone' | undefined): 'gone' | undefined => (fate === 'gone' ? 'gone' : undefined);

/** Of equal keys the last one. */
export const isInForce = (map: MapNode, entry: Entry): boolean =>
  !entry.merge && map.entries.findLast(({ name, merge }) => !merge && name === entry.name) === entry;

/** What an alias must become, since what it names becomes something else; undefined where it can stay. */
export function aliasPatch(fates: Fates, alias: AliasNode, value: Json | undefined): Patch | undefined {
  const [here, there] = [fates.get(alias), fates.get(alias.target)];
  if (here === 'gone' || (there !== 'gone' && samePatch(here, there))) return undefined;
  if (here?.kind === 'remove') return here;
  const written = applyPatch(value, here);
  return written === undefined ? undefined : { kind: 'replace', value: written };
}

/** The patch of the keys that a map has to spell out itself, beside what its merge keys bring in before and after. */
export function spelledPatch(fates: Fates, map: MapNode, value: Json | undefined, patch: ReadonlyMap<string, Patch>): Map<string, Patch> {
  const spelled = new Map(patch);
  const sources = map.entries.filter(({ merge }) => merge).flatMap((entry) => mergeSources(entry.value));
  const brought = sources.map((source) => mapPatch(fates.get(source)));
  for (const name of sources.length === 0 ? [] : new Set([patch, ...brought].flatMap((entries) => [...entries.keys()]))) {
    if (isSpelled(map, name)) continue;
    const wanted = patch.get(name);
    const result = applyPatch(own(value, name), wanted);
    if (brought.every((entries) => samePatch(entries.get(name), wanted))) spelled.delete(name);
    else if (result === undefined) throw new NotEditable(`${name} comes from a merge key (<<)`);
    else spelled.set(name, { kind: 'replace', value: result });
  }
  return spelled;
}

function mapPatch(fate: Patch | 'gone' | undefined): ReadonlyMap<string, Patch> {
  if (fate === undefined) return new Map();
  if (fate === 'gone' || fate.kind !== 'map') throw new NotEditable('what a merge key (<<) names goes');
  return fate.entries;
}

/** Written in the map itself, behind every merge key. */
function isSpelled(map: MapNode, name: string): boolean {
  const index = map.entries.findLastIndex((entry) => !entry.merge && entry.name === name);
  if (index === -1) return false;
  if (map.entries.slice(index).some(({ merge }) => merge)) throw new NotEditable(`a merge key (<<) stands below ${name}`);
  return true;
}

function mergeSources(value: Node): Node[] {
  if (value.kind === 'alias') return [value.target];
  return value.kind === 'list' ? value.items.flatMap((item) => mergeSources(item.value)) : [value];
}

import type { Finding } from '../engine/finding.ts';
import type { Step } from '../kube/field-path.ts';
import { parsePath } from '../kube/field-path.ts';
import type { Json, JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { applyCures } from './apply-cures.ts';
import { sameJson } from './same-json.ts';

/** What is to become of a value; of a key that is not there yet, `replace` says what it holds. */
export type Patch =
  | { readonly kind: 'replace'; readonly value: Json }
  | { readonly kind: 'remove' }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Patch> }
  | { readonly kind: 'list'; readonly items: ReadonlyMap<number, Patch> };

export type Curing = Pick<Finding, 'path' | 'cure'>;

/** The smallest patch that does to the object what `applyCures` does; undefined where the cures change nothing. */
export function patchOf(object: Json, cures: readonly Curing[]): Patch | undefined {
  const last = [...new Map(cures.map((cure) => [cure.path, cure])).values()];
  const removals = last.filter(({ cure }) => cure !== null && 'remove' in cure);
  const sets = last.filter(({ cure }) => cure !== null && 'set' in cure);
  return difference(object, applyCures(object, sets), removalTree(removals));
}

/** The value that the patch makes of another one; undefined where it removes it. */
export function applyPatch(value: Json | undefined, patch: Patch | undefined): Json | undefined {
  if (patch === undefined) return value;
  if (patch.kind === 'remove') return undefined;
  if (patch.kind === 'replace') return patch.value;
  if (patch.kind === 'list') {
    const items = Array.isArray(value) ? value : [];
    return items.map((item, index) => applyPatch(item, patch.items.get(index))).filter((item) => item !== undefined);
  }
  const old = isObject(value) ? value : {};
  const names = new Set([...Object.keys(old), ...patch.entries.keys()]);
  return fromEntries([...names].map((name) => [name, applyPatch(own(old, name), patch.entries.get(name))]));
}

/** Whether two patches make the same of every value. */
export function samePatch(a: Patch | undefined, b: Patch | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === 'map' && b.kind === 'map') return sameSteps(a.entries, b.entries);
  if (a.kind === 'list' && b.kind === 'list') return sameSteps(a.items, b.items);
  return a.kind === 'replace' && b.kind === 'replace' ? sameJson(a.value, b.value) : a.kind === b.kind;
}

const sameSteps = <S>(a: ReadonlyMap<S, Patch>, b: ReadonlyMap<S, Patch>): boolean =>
  a.size === b.size && [...a].every(([step, patch]) => b.has(step) && samePatch(patch, b.get(step)));

/** What a map holds under a key of its own. */
export const own = (object: Json | undefined, name: string): Json | undefined =>
  isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;

interface Removal {
  here: boolean;
  readonly below: Map<Step, Removal>;
}

function removalTree(removals: readonly Curing[]): Removal {
  const root: Removal = { here: false, below: new Map() };
  for (const { path } of removals) {
    let node = root;
    for (const step of parsePath(path)) {
      const next = node.below.get(step) ?? { here: false, below: new Map() };
      node.below.set(step, next);
      node = next;
    }
    node.here = true;
  }
  return root;
}

function difference(old: Json | undefined, set: Json | undefined, removal: Removal | undefined): Patch | undefined {
  if (removal?.here || set === undefined) return old === undefined ? undefined : { kind: 'remove' };
  if (isObject(old) && isObject(set)) return mapDifference(old, set, removal);
  if (Array.isArray(old) && Array.isArray(set) && old.length === set.length) return listDifference(old, set, removal);
  const wanted = without(set, removal);
  return sameJson(old, wanted) ? undefined : { kind: 'replace', value: wanted };
}

function mapDifference(old: JsonObject, set: JsonObject, removal: Removal | undefined): Patch | undefined {
  const entries = new Map<string, Patch>();
  for (const name of new Set([...Object.keys(old), ...Object.keys(set)])) {
    const patch = difference(own(old, name), own(set, name), removal?.below.get(name));
    if (patch !== undefined) entries.set(name, patch);
  }
  return entries.size === 0 ? undefined : { kind: 'map', entries };
}

function listDifference(old: readonly Json[], set: readonly Json[], removal: Removal | undefined): Patch | undefined {
  const items = new Map<number, Patch>();
  for (const [index, item] of old.entries()) {
    const patch = difference(item, set[index], removal?.below.get(index));
    if (patch !== undefined) items.set(index, patch);
  }
  return items.size === 0 ? undefined : { kind: 'list', items };
}

function without(value: Json, removal: Removal | undefined): Json {
  if (removal === undefined) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => without(item, removal.below.get(index))).filter((_, index) => !removal.below.get(index)?.here);
  }
  if (!isObject(value)) return value;
  const names = Object.keys(value).filter((name) => !removal.below.get(name)?.here);
  return fromEntries(names.map((name) => [name, without(own(value, name) ?? null, removal.below.get(name))]));
}

/** Object.fromEntries defines, so that `__proto__` is a key like any other. */
const fromEntries = (entries: (readonly [string, Json | undefined])[]): JsonObject =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined));

import type { Finding } from '../engine/finding.ts';
import type { Step } from '../kube/field-path.ts';
import { parsePath } from '../kube/field-path.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';

/**
 * A copy of the object to which the findings' paths belong, with every cure applied. Values are set first, parents that are missing are made;
 * then the rest is removed from the back, so that no index moves under a later cure. Where two cures name one place, the last one holds.
 */
export function applyCures(object: Json, findings: Iterable<Pick<Finding, 'path' | 'cure'>>): Json {
  const cured = structuredClone(object);
  const cures = new Map([...findings].map(({ path, cure }) => [path, cure]));
  const removed: Step[][] = [];
  for (const [path, cure] of cures) {
    if (cure === null) continue;
    const steps = parsePath(path);
    if ('set' in cure) set(cured, steps, structuredClone(cure.set));
    else removed.push(steps);
  }
  for (const steps of removed.toSorted(backToFront)) remove(cured, steps);
  return cured;
}

function set(root: Json, steps: readonly Step[], value: Json): void {
  let parent = root;
  for (const [depth, step] of steps.slice(0, -1).entries()) {
    if (at(parent, step) == null) put(parent, step, typeof steps[depth + 1] === 'number' ? [] : {});
    parent = at(parent, step) ?? null;
  }
  put(parent, steps.at(-1) ?? '', value);
}

function remove(root: Json, steps: readonly Step[]): void {
  const last = steps.at(-1) ?? '';
  let parent: Json | undefined = root;
  for (const step of steps.slice(0, -1)) parent = at(parent, step);
  if (Array.isArray(parent) && typeof last === 'number') parent.splice(last, 1);
  else if (isObject(parent)) delete parent[last];
}

function at(parent: Json | undefined, step: Step): Json | undefined {
  if (Array.isArray(parent)) return typeof step === 'number' ? parent[step] : undefined;
  return isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}

/** What is no map and no list holds nothing, and stays as it is. */
function put(parent: Json, step: Step, value: Json): void {
  if (Array.isArray(parent) && typeof step === 'number') parent[step] = value;
  // A plain assignment of `__proto__` would change the prototype.
  else if (isObject(parent)) Object.defineProperty(parent, step, { value, writable: true, enumerable: true, configurable: true });
}

/** Of two items of one list, the later first. */
function backToFront(a: readonly Step[], b: readonly Step[]): number {
  const depth = a.findIndex((step, index) => step !== b[index]);
  const [left, right] = [a[depth], b[depth]];
  if (typeof left === 'number' && typeof right === 'number') return right - left;
  return String(left) < String(right) ? -1 : 1;
}

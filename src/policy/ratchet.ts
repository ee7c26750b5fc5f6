import type { Rule } from '../engine/evaluate.ts';
import { evaluate } from '../engine/evaluate.ts';
import type { Finding } from '../engine/finding.ts';
import { parsePath } from '../kube/field-path.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Pod } from '../kube/pod.ts';
import { containerAt, isUnreadable } from '../kube/pod.ts';
import type { Unreadable } from '../kube/pod-shape.ts';

/** An object and the pods in it. */
export interface Judged {
  readonly object: Json;
  readonly pods: readonly (Pod | Unreadable)[];
}

export interface Update {
  readonly now: Judged;
  readonly before: Judged;
  /** A Pod runs what it names: a container whose image changed is judged afresh. A template only names what will run. */
  readonly isPod: boolean;
}

/**
 * The findings of an update, each that the old object had too marked as ratcheted: of the same rule, saying the same, at the same place with
 * the same value there. Places are told apart by the names of containers and other items, not by their order. As many are tolerated as there
 * were before.
 */
export function ratchet(rules: readonly Rule[], { now, before, isPod }: Update): Finding[] {
  const tolerated = tally(rules, before);
  const fresh = isPod ? freshContainers(before.pods) : null;
  return found(rules, now).map(({ finding, key, pod }) => {
    const left = key === null ? 0 : (tolerated.get(key) ?? 0);
    if (key === null || left === 0 || (fresh && isInside(finding, pod, fresh))) return finding;
    tolerated.set(key, left - 1);
    return { ...finding, state: 'ratcheted' };
  });
}

interface Found {
  readonly finding: Finding;
  /** Null where the place cannot be compared. */
  readonly key: string | null;
  readonly pod: Pod | Unreadable;
}

/** Every finding of every pod, in the order in which `evaluate` gives them, with what tells it apart. */
function found(rules: readonly Rule[], { object, pods }: Judged): Found[] {
  return pods.flatMap((pod) =>
    // Of what is no pod one finding speaks for all rules.
    isUnreadable(pod) ? of(rules, 'all', pod) : rules.flatMap((rule, index) => of([rule], String(index), pod)),
  );

  function of(some: readonly Rule[], which: string, pod: Pod | Unreadable): Found[] {
    const findings: Finding[] = [];
    evaluate(some, pod, findings);
    return findings.map((finding) => ({ finding, key: keyOf(finding, which, object), pod }));
  }
}

function tally(rules: readonly Rule[], before: Judged): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of found(rules, before)) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function keyOf({ message, path }: Finding, rule: string, object: Json): string | null {
  try {
    const { place, value } = locate(object, path);
    return JSON.stringify([rule, message, place, value]);
  } catch {
    // Deeper than the stack: it counts as changed.
    return null;
  }
}

/** Lists whose order means nothing; whatever their items are named for, they are sets. */
const unordered = new Set(['add', 'drop', 'ports', 'volumes', 'sysctls', 'supplementalGroups', 'imagePullSecrets', 'tolerations']);

/** The place with items named instead of counted, and the value there with sets in one order. */
function locate(object: Json, path: string): { place: string; value: string } {
  const place: string[] = [];
  let current: Json | undefined = object;
  let key = '';
  for (const step of parsePath(path)) {
    if (Array.isArray(current)) {
      current = current[Number(step)];
      place.push(nameOf(current));
    } else {
      key = String(step);
      current = isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined;
      place.push(key);
    }
  }
  return { place: JSON.stringify(place), value: comparable(current, key) };
}

const nameOf = (item: Json | undefined): string => {
  const name = isObject(item) ? item['name'] : undefined;
  return typeof name === 'string' ? `[${name}]` : '[]';
};

/** Equal texts are equal values: keys sorted, nulls left out as Kubernetes reads them, sets sorted. */
function comparable(value: Json | undefined, key: string): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item, ''));
    return `[${(unordered.has(key) ? items.toSorted() : items).join(',')}]`;
  }
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const keys = Object.keys(value).filter((name) => value[name] !== undefined && value[name] !== null);
  return `{${keys.toSorted().map((name) => `${JSON.stringify(name)}:${comparable(value[name], name)}`).join(',')}}`; // prettier-ignore
}

/** Containers by list and name that were not there before with this image. */
export function freshContainers(before: Judged['pods']): (pod: Pod, path: string) => boolean {
  const known = new Set(before.flatMap((pod) => (isUnreadable(pod) ? [] : pod.containers.map(identity))));
  return (pod, path) => {
    const container = containerAt(pod, path);
    return container !== null && !known.has(identity(container));
  };
}

const identity = ({ list, name, spec }: Pod['containers'][number]): string => JSON.stringify([list, name, spec.image ?? '']);

const isInside = ({ path }: Finding, pod: Pod | Unreadable, fresh: (pod: Pod, path: string) => boolean): boolean =>
  !isUnreadable(pod) && fresh(pod, path);

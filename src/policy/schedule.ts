import type { GuardrailDocument } from '../api/guardrail.ts';
import type { Mode } from '../engine/finding.ts';
import type { Labels } from '../kube/selector.ts';
import { parseTime } from '../kube/time.ts';
import type { NamespaceSelector } from './namespace-selector.ts';
import { compileNamespaceSelector } from './namespace-selector.ts';

/** One entry of a schedule, ready to be asked. */
export interface ScheduleEntry {
  /** Index in `spec.schedule`. */
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly mode: Mode;
  /** Null: every namespace. */
  readonly selector: NamespaceSelector | null;
}

/** The entries of a schedule without faults, those that win first: the latest, and of those of one time the last written. */
export function compileSchedule(entries: GuardrailDocument['spec']['schedule'] = []): ScheduleEntry[] {
  return entries
    .map(({ from, mode, namespaceSelector }, index) => ({
      index,
      from: parseTime(from) ?? Infinity,
      mode,
      selector: compileNamespaceSelector(namespaceSelector),
    }))
    .toSorted((a, b) => b.from - a.from || b.index - a.index);
}

/** The labels of the namespace decide, and are not known. */
export const UNDECIDED = 'undecided';

/**
 * The entry in force in a namespace; null where none is.
 * @param labels asked with whether the name alone decides: null for an object of the cluster, which every selector matches; undefined where
 * they are not known.
 */
export function entryInForce(
  schedule: readonly ScheduleEntry[],
  now: number,
  labels: (byName: boolean) => Labels | null | undefined,
): ScheduleEntry | null | typeof UNDECIDED {
  for (const entry of schedule) {
    if (entry.from > now) continue;
    if (entry.selector === null) return entry;
    const found = labels(entry.selector.byName);
    if (found === undefined) return UNDECIDED;
    if (found === null || entry.selector.holds(found)) return entry;
  }
  return null;
}

/** The entries that are in force somewhere, those that win first; `base`: so is the mode of the guardrail itself. */
export function entriesInForce(schedule: readonly ScheduleEntry[], now: number): { entries: ScheduleEntry[]; base: boolean } {
  const due = schedule.filter(({ from }) => from <= now);
  const last = due.findIndex(({ selector }) => selector === null);
  return last === -1 ? { entries: due, base: true } : { entries: due.slice(0, last + 1), base: false };
}

/** When the next entry comes into force, in milliseconds since the epoch; null where none is to come. */
export function nextChange(schedule: readonly ScheduleEntry[], now: number): number | null {
  const times = schedule.map(({ from }) => from).filter((from) => from > now && from !== Infinity);
  return times.length === 0 ? null : Math.min(...times);
}

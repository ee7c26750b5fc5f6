import { checks } from '../../checks/index.ts';
import type { AnyCheck } from '../../engine/check.ts';
import type { Severity } from '../../engine/finding.ts';
import { podSecurity } from '../../standards/pod-security.ts';

/** A check in one line. */
export interface Line {
  readonly check: string;
  readonly severity: Severity;
  /** Levels of the Pod Security Standards. */
  readonly levels: readonly string[];
  readonly title: string;
}

/** Every check, by id. */
export const overview = (): Line[] => [...checks.values()].map(lineOf).toSorted((a, b) => (a.check < b.check ? -1 : 1));

export const lineOf = ({ id, severity, title }: AnyCheck): Line => ({
  check: id,
  severity,
  levels: [...new Set(podSecurity.filter(({ check }) => check.id === id).map(({ level }) => level))],
  title,
});

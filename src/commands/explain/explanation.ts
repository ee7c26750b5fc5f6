import type { AnyCheck } from '../../engine/check.ts';
import type { Severity } from '../../engine/finding.ts';
import { foreignNames } from '../../standards/foreign-names.ts';
import { podSecurity } from '../../standards/pod-security.ts';
import type { Example } from './example.ts';
import { exampleOf } from './example.ts';

/** All that is known of a check, as `explain --format json` prints it. */
export interface Explanation {
  readonly check: string;
  readonly title: string;
  readonly severity: Severity;
  readonly why: string;
  readonly byDefault: string;
  readonly example: Example;
  readonly breaks: string;
  readonly podSecurity: readonly Control[];
  /** Addresses, and sections of CIS, NSA and MITRE. */
  readonly references: readonly string[];
  /** What each tool calls it. */
  readonly elsewhere: Readonly<Record<string, readonly string[]>>;
}

interface Control {
  readonly control: string;
  readonly level: string;
  /** Versions at which it came or changed: `v1.25`. */
  readonly versions: readonly string[];
}

/** @param params of the rule that is asked about. */
export function explanationOf(check: AnyCheck, params: unknown): Explanation {
  const { id, title, severity, why, byDefault, breaks, refs } = check;
  return {
    check: id,
    title,
    severity,
    why,
    byDefault,
    example: exampleOf(check, params),
    breaks,
    podSecurity: controlsOf(id),
    references: refs,
    elsewhere: foreignNames[id] ?? {},
  };
}

function controlsOf(id: string): Control[] {
  const rows = podSecurity.filter(({ check }) => check.id === id);
  return [...Map.groupBy(rows, ({ control }) => control)].map(([control, versions]) => ({
    control,
    level: versions[0]?.level ?? '',
    versions: versions.map(({ since }) => `v1.${since}`),
  }));
}

/** `v1.0, changed in v1.27, v1.29`. */
export const history = ([first = '', ...later]: readonly string[]): string =>
  later.length === 0 ? first : `${first}, changed in ${later.join(', ')}`;

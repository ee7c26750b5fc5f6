import { displayWidth } from '../../report/display-width.ts';
import { terminal } from '../../report/terminal.ts';
import { count } from '../../report/wording.ts';
import type { Entry, Preview, Totals } from './summary.ts';

/** Totals first, then namespaces, then a line for each workload and rule. */
export function previewText({ totals, namespaces, entries }: Preview, since: string | null): string {
  const parts = [
    [sentence(totals, namespaces.length, since)],
    entries.length === 0 ? [] : table([['NAMESPACE', ...counted.map((word) => word.toUpperCase())], ...namespaces.map(namespaceLine)]),
    entries.length === 0 ? [] : table([['NAMESPACE', 'WORKLOAD', 'RULE', 'WOULD BE', 'PLACES', 'PODS'], ...entries.map(entryLine)]),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const counted = ['denied', 'warned', 'excused', 'audited', 'allowed'] as const;

function sentence(totals: Totals, namespaces: number, since: string | null): string {
  const { workloads, denied, warned, excused, audited, allowed, skipped, pods } = totals;
  const seen = `${count(workloads, 'workload')} with ${count(pods, 'pod')} in ${count(namespaces, 'namespace')}`;
  if (since !== null) return `${seen}: from mode ${since} to Enforce, ${denied} would newly be denied.`;
  const rest = [
    `${warned} warned`,
    `${excused} excused`,
    ...(audited > 0 ? [`${audited} audited`] : []),
    `${allowed} allowed`,
    ...(skipped > 0 ? [`${skipped} not judged`] : []),
  ];
  return `${seen}: ${denied} would be denied, ${rest.join(', ')}.`;
}

const namespaceLine = (totals: Preview['namespaces'][number]): string[] => [
  place(totals.namespace),
  ...counted.map((word) => String(totals[word])),
];

const entryLine = ({ namespace, kind, name, guardrail, rule, effect, findings, pods }: Entry): string[] => [
  place(namespace),
  `${kind}/${name}`,
  `${guardrail}/${rule}`,
  effect,
  String(findings),
  String(pods),
];

const place = (namespace: string): string => (namespace === '' ? '-' : namespace);

function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(terminal));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => displayWidth(row[column] ?? ''))));
  return cells.map((row) => row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell))).join('  ').trimEnd()); // prettier-ignore
}

import type { Severity } from '../engine/finding.ts';
import type { CheckHelp, LocatedFinding, Report, Result } from './report.ts';
import { denies, ruleName, verdictWords } from './wording.ts';
import { xml } from './xml.ts';

interface Control {
  readonly standard: string;
  readonly control: string;
  readonly title: string;
  readonly rules: Set<string>;
  readonly objects: Set<Result>;
  findings: number;
  denied: number;
}

/** Findings counted by the controls for which their rules stand. One finding can stand for controls of several standards. */
export function controlTable({ results }: Report, checks: ReadonlyMap<string, CheckHelp>): string {
  const controls = new Map<string, Control>();
  for (const result of results) for (const finding of result.findings) tally(controls, result, finding, checks);
  const sorted = [...controls.entries()].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).map(([, control]) => control);
  const columns = ['Standard', 'Control', 'What it asks for', 'Rules', '#Objects', '#Findings', '#Denied'];
  const rows = sorted.map((row) => [
    xml(row.standard),
    xml(row.control),
    xml(row.title),
    [...row.rules].map((rule) => xml(rule).replace('/', '/<wbr>')).join('<br>'),
    String(row.objects.size),
    String(row.findings),
    String(row.denied),
  ]);
  return table('A finding can count for controls of several standards.', columns, rows);
}

function tally(controls: Map<string, Control>, result: Result, finding: LocatedFinding, checks: ReadonlyMap<string, CheckHelp>): void {
  const help = checks.get(finding.check);
  for (const [standard, control] of controlsOf(finding, help)) {
    const key = `${standard} ${control}`;
    const entry = controls.get(key) ?? newControl(standard, control, help?.title ?? finding.check);
    controls.set(key, entry);
    entry.rules.add(ruleName(finding));
    entry.objects.add(result);
    entry.findings++;
    if (denies(finding)) entry.denied++;
  }
}

const newControl = (standard: string, control: string, title: string): Control => ({
  standard,
  control,
  title,
  rules: new Set(),
  objects: new Set(),
  findings: 0,
  denied: 0,
});

/** The upstream control, and references such as `CIS 5.2.9`; a rule that stands for none counts under its guardrail. */
function controlsOf(finding: LocatedFinding, help: CheckHelp | undefined): [string, string][] {
  const named = finding.control === null ? [] : [['Pod Security Standards', finding.control] as [string, string]];
  const referred = (help?.refs ?? []).flatMap((ref): [string, string][] => {
    const match = /^(CIS|NSA|MITRE)\s+(\S.*)$/.exec(ref);
    return match === null ? [] : [[match[1] ?? '', match[2] ?? '']];
  });
  const all = [...named, ...referred];
  return all.length > 0 ? all : [[`Guardrail ${finding.guardrail}`, finding.rule]];
}

const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** One row a workload that has findings, by namespace, each with a link to its findings. */
export function workloadTable({ results }: Report): string {
  const rows = results.flatMap((result, index) => (result.findings.length === 0 ? [] : [{ result, index }]));
  const sorted = rows.toSorted((a, b) => compare(a.result.namespace, b.result.namespace) || compare(a.result.name, b.result.name));
  const columns = ['Namespace', 'Workload', 'Verdict', '#Critical', '#High', '#Medium', '#Low'];
  const cells = sorted.map(({ result, index }) => [
    xml(result.namespace || 'none'),
    `<a href="#object-${index}">${xml(`${result.kind} ${result.name}`)}</a>`,
    `<span class="${result.verdict}">${verdictWords[result.verdict]}</span>`,
    ...severities.map((severity) => String(result.findings.filter((finding) => finding.severity === severity).length)),
  ]);
  return table('Findings by severity.', columns, cells);
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Cells are markup already. A column whose name begins with # holds numbers; the second column names the row. */
function table(caption: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const numeric = columns.map((column) => column.startsWith('#'));
  const head = columns.map((column, at) => `<th scope="col"${numeric[at] ? ' class="number"' : ''}>${column.replace(/^#/, '')}</th>`);
  const body = rows.map((cells) => `<tr>${cells.map((cell, at) => tableCell(cell, at, numeric[at] === true)).join('')}</tr>`);
  // A table that is wider than the page scrolls by itself, also by keyboard.
  return `<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

function tableCell(cell: string, at: number, numeric: boolean): string {
  if (at === 1) return `<th scope="row">${cell}</th>`;
  return numeric ? `<td class="number">${cell}</td>` : `<td>${cell}</td>`;
}

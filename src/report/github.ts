import type { Context, LocatedFinding, Report, Result } from './report.ts';
import { summary } from './report.ts';
import { linesOf } from './source-lines.ts';
import { placeAt } from './place.ts';
import { workflowCommand } from './workflow-command.ts';
import { count, cureWords, objectName, placeWords, remarks, ruleName } from './wording.ts';

/** Workflow commands of GitHub Actions, which shows them at the lines of a pull request. What an exception covers is left out. */
export function github(report: Report, _context: Context): string {
  const lines = linesOf(report.sources);
  const findings = report.results.flatMap((result) => [
    ...result.findings.flatMap((finding) => annotation(result, finding, lines(result.file)[finding.line - 1])),
    ...(result.notes ?? []).map((note) => workflowCommand('warning', { ...fileProperty(result.file), line: result.line }, note)),
  ]);
  const errors = report.errors.map(({ file, line, column, message }) =>
    workflowCommand('error', { ...fileProperty(file), line, col: column, title: 'Sallyport could not judge this' }, message),
  );
  const { objects, denied, warned } = summary(report);
  const last = `${count(objects, 'object')}: ${denied} denied, ${warned} warned; ${count(report.errors.length, 'error')}`;
  return [...errors, ...findings, last, ''].join('\n');
}

function annotation(result: Result, finding: LocatedFinding, text: string | undefined): string[] {
  const command = commandOf(finding);
  if (command === null) return [];
  const { line, column, message, path, cure } = finding;
  const end = text === undefined ? {} : { endLine: line, endColumn: placeAt(text, column, path).mark.end + 1 };
  const body = [
    `${objectName(result)}: ${message}`,
    ...(cure === null ? [`at ${placeWords(finding)}`] : [cureWords({ cure, path })]),
    ...remarks(finding),
  ];
  return [workflowCommand(command, { ...fileProperty(result.file), line, col: column, ...end, title: ruleName(finding) }, body.join('\n'))];
}

/** Standard input is no file that GitHub could show. */
const fileProperty = (file: string): { file?: string } => (file === '-' ? {} : { file });

function commandOf({ state, mode }: LocatedFinding): 'error' | 'warning' | 'notice' | null {
  if (state === 'excepted' || mode === 'Off') return null;
  if (state === 'suppressed') return mode === 'Enforce' ? 'warning' : null;
  if (state === 'ratcheted') return 'warning';
  return ({ Enforce: 'error', Warn: 'warning', Audit: 'notice' } as const)[mode];
}

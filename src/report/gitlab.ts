import type { Severity } from '../engine/finding.ts';
import { printable } from '../kube/printable.ts';
import { fingerprinter } from './fingerprint.ts';
import type { Context, LocatedFinding, Report, ReportError, Result } from './report.ts';
import { cureWords, denies, objectName, placeWords, ruleName } from './wording.ts';

/** GitLab's code quality report. What an exception or a suppression covers is left out. */
export function gitlab(report: Report, _context: Context): string {
  const fingerprint = fingerprinter();
  const found = report.results.flatMap((result) =>
    result.findings
      .filter(({ state, mode }) => (state === 'active' || state === 'ratcheted') && mode !== 'Off')
      .map((finding) => issue(result, finding, fingerprint(result, finding))),
  );
  const entries = [...report.errors.map(errorIssue), ...found];
  return entries.length === 0 ? '[]\n' : `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`;
}

function issue(result: Result, finding: LocatedFinding, fingerprint: string): object {
  const { severity, message, path, line, cure } = finding;
  const description = `${objectName(result)}: ${message} (${cure === null ? `at ${placeWords(finding)}` : cureWords({ cure, path })})`;
  return {
    type: 'issue',
    check_name: printable(ruleName(finding)),
    description: printable(description),
    categories: ['Security'],
    severity: denies(finding) ? denied[severity] : noted(finding),
    fingerprint,
    location: { path: relative(result.file), lines: { begin: line } },
  };
}

const denied: Readonly<Record<Severity, string>> = { critical: 'blocker', high: 'critical', medium: 'major', low: 'minor' };
const warned: Readonly<Record<Severity, string>> = { critical: 'major', high: 'major', medium: 'minor', low: 'minor' };

const noted = ({ mode, severity }: LocatedFinding): string => (mode === 'Audit' ? 'info' : warned[severity]);

const errorIssue = ({ file, line, column, message }: ReportError, index: number): object => ({
  type: 'issue',
  check_name: 'not-judged',
  description: printable(message),
  categories: ['Bug Risk'],
  severity: 'blocker',
  fingerprint: `not-judged:${file}:${line}:${column}:${index}`,
  location: { path: relative(file), lines: { begin: line } },
});

/** GitLab finds files by their path in the repository, without a leading `./`. */
const relative = (file: string): string => file.replace(/^(?:\.\/)+/, '');

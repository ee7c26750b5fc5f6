import type { Mode } from '../engine/finding.ts';
import { fingerprinter } from './fingerprint.ts';
import { plainMessage } from './markdown.ts';
import { placeAt } from './place.ts';
import type { Context, LocatedFinding, Report, ReportError, Result } from './report.ts';
import { sarifFix } from './sarif-fix.ts';
import { sarifRules } from './sarif-rules.ts';
import { uri } from './uri.ts';
import { linesOf } from './source-lines.ts';
import { cureWords, objectName, placeWords, remarks, ruleName } from './wording.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** SARIF 2.1.0, as GitHub code scanning and editors read it. A result a line keeps a large log readable and its diffs small. */
export function sarif(report: Report, context: Context): string {
  const { rules, indexes } = sarifRules(report, context.checks);
  const results = sarifResults(report, indexes);
  const head = {
    tool: { driver: { name: 'Sallyport', version: context.version, rules } },
    columnKind: 'utf16CodeUnits',
    invocations: [
      { executionSuccessful: report.errors.length === 0, toolExecutionNotifications: report.errors.map((error) => notification(error)) },
    ],
    properties: { digest: report.digest },
  };
  const log = JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [{ ...head, results: [] }] });
  // The empty list is the last of the log: nothing but its closing brackets follows.
  return `${log.slice(0, -']}]}'.length)}\n${results.map((result) => JSON.stringify(result)).join(',\n')}\n]}]}\n`;
}

function sarifResults(report: Report, indexes: ReadonlyMap<string, number>): object[] {
  const fingerprint = fingerprinter();
  const lines = linesOf(report.sources);
  const fix = sarifFix(report.sources);
  return report.results.flatMap((result) =>
    result.findings.map((finding) => {
      const text = lines(result.file);
      const ruleId = ruleName(finding);
      const print = fingerprint(result, finding);
      return {
        ruleId,
        ruleIndex: indexes.get(ruleId),
        level: levels[finding.mode],
        message: { text: messageOf(result, finding) },
        locations: [locationOf(result, finding, text)],
        // The first is GitHub's own name for it.
        partialFingerprints: { primaryLocationLineHash: print, 'sallyport/v1': print },
        ...suppressions(finding),
        ...fix(result.file, text, finding),
        properties: { severity: finding.severity, mode: finding.mode, state: finding.state, control: finding.control },
      };
    }),
  );
}

const levels: Readonly<Record<Mode, string>> = { Enforce: 'error', Warn: 'warning', Audit: 'note', Off: 'none' };

function messageOf(result: Result, finding: LocatedFinding): string {
  const { message, path, cure } = finding;
  const cured = cure === null ? `at ${placeWords(finding)}` : cureWords({ cure, path });
  return plainMessage([`${objectName(result)}: ${message} (${cured})`, ...remarks(finding)].join('; '));
}

function locationOf(result: Result, { line, column, path }: LocatedFinding, lines: readonly string[]): object {
  const text = lines[line - 1];
  const end = text === undefined ? {} : { endColumn: placeAt(text, column, path).mark.end + 1 };
  return {
    physicalLocation: { artifactLocation: { uri: uri(result.file) }, region: { startLine: line, startColumn: column, ...end } },
    logicalLocations: [{ fullyQualifiedName: [objectName(result), path].filter(Boolean).join(' '), kind: 'object' }],
  };
}

function suppressions({ state, exception, suppressedBy, suppressedFor }: LocatedFinding): object {
  const justification = exception === undefined ? {} : { justification: plainMessage(`the exception ${exception}`) };
  if (state === 'excepted') return { suppressions: [{ kind: 'external', status: 'accepted', ...justification }] };
  const reason = suppressedFor === undefined ? {} : { justification: plainMessage(suppressedFor) };
  const kind = suppressedBy === 'baseline' ? 'external' : 'inSource';
  return state === 'suppressed' ? { suppressions: [{ kind, status: 'accepted', ...reason }] } : {};
}

const notification = ({ file, line, column, message }: ReportError): object => ({
  level: 'error',
  message: { text: plainMessage(message) },
  locations: [{ physicalLocation: { artifactLocation: { uri: uri(file) }, region: { startLine: line, startColumn: column } } }],
});

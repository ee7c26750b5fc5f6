import type { Context, LocatedFinding, Report, ReportError, Result } from './report.ts';
import { count, cureWords, denies, objectName, placeWords, ruleName, weight } from './wording.ts';
import { xml } from './xml.ts';

/** JUnit XML: a suite a file, a case an object. An object fails where it would be denied; what only warns is its output. */
export function junit(report: Report, _context: Context): string {
  const results = Map.groupBy(report.results, ({ file }) => file);
  const errors = Map.groupBy(report.errors, ({ file }) => file);
  const files = [...new Set([...results.keys(), ...errors.keys()])];
  const totals = counts(report.results, report.errors);
  const suites = files.flatMap((file) => suite(file, results.get(file) ?? [], errors.get(file) ?? []));
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="sallyport" ${totals}>`, ...suites, '</testsuites>', ''].join('\n');
}

function suite(file: string, results: readonly Result[], errors: readonly ReportError[]): string[] {
  const cases = [...results.flatMap(objectCase), ...errors.flatMap(errorCase)];
  return [`  <testsuite name="${xml(file)}" ${counts(results, errors)}>`, ...cases, '  </testsuite>'];
}

function counts(results: readonly Result[], errors: readonly ReportError[]): string {
  const failures = results.filter(({ findings }) => findings.some(denies)).length;
  const skipped = results.filter(({ verdict }) => verdict === 'skip').length;
  return `tests="${results.length + errors.length}" failures="${failures}" errors="${errors.length}" skipped="${skipped}"`;
}

function objectCase(result: Result): string[] {
  const opening = `<testcase classname="${xml(result.file)}" name="${xml(`${objectName(result)}, line ${result.line}`)}" file="${xml(result.file)}"`;
  const failing = result.findings.filter(denies);
  const others = result.findings.filter((finding) => !denies(finding));
  const body = [
    ...(result.verdict === 'skip' ? ['      <skipped message="no guardrail judges this object"/>'] : []),
    ...failure(result, failing),
    ...(others.length === 0 ? [] : ['      <system-out>', ...others.map((finding) => findingLine(result, finding)), '      </system-out>']),
  ];
  return body.length === 0 ? [`    ${opening}/>`] : [`    ${opening}>`, ...body, '    </testcase>'];
}

function failure(result: Result, findings: readonly LocatedFinding[]): string[] {
  const [first] = findings;
  if (first === undefined) return [];
  const more = findings.length === 1 ? '' : `; and ${count(findings.length - 1, 'more finding')}`;
  return [
    `      <failure type="${xml(ruleName(first))}" message="${xml(`${first.message}${more}`)}">`,
    ...findings.map((finding) => findingLine(result, finding)),
    '      </failure>',
  ];
}

function findingLine({ file }: Result, finding: LocatedFinding): string {
  const { line, column, message, path, cure } = finding;
  const cured = cure === null ? '' : `; ${cureWords({ cure, path })}`;
  return xml(`${file}:${line}:${column}: ${weight(finding)}: ${message} (${ruleName(finding)}) at ${placeWords(finding)}${cured}`);
}

const errorCase = ({ file, line, column, message }: ReportError): string[] => [
  `    <testcase classname="${xml(file)}" name="${xml(`line ${line}, column ${column}`)}" file="${xml(file)}">`,
  `      <error type="not judged" message="${xml(message)}"/>`,
  '    </testcase>',
];

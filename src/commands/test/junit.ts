import { xml } from '../../report/xml.ts';
import type { FileError } from '../../policy/load.ts';
import type { Outcome } from './outcome.ts';
import { hasFailed } from './run-case.ts';
import type { CaseResult } from './run-file.ts';
import { differences } from './text.ts';

/** JUnit XML: a suite a file, a case a case; what is broken is an error of its file. */
export function junit({ files, errors }: Outcome): string {
  const cases = Map.groupBy(
    files.flatMap((file) => file.cases),
    ({ file }) => file,
  );
  const broken = Map.groupBy(errors, ({ file }) => file);
  const names = [...new Set([...cases.keys(), ...broken.keys()])];
  const suites = names.flatMap((name) => suite(name, cases.get(name) ?? [], broken.get(name) ?? []));
  const totals = counts([...cases.values()].flat(), errors);
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="sallyport test" ${totals}>`, ...suites, '</testsuites>', ''].join(
    '\n',
  );
}

const suite = (file: string, cases: readonly CaseResult[], errors: readonly FileError[]): string[] => [
  `  <testsuite name="${xml(file)}" ${counts(cases, errors)}>`,
  ...cases.flatMap(caseLines),
  ...errors.flatMap(errorLines),
  '  </testsuite>',
];

const counts = (cases: readonly CaseResult[], errors: readonly FileError[]): string =>
  `tests="${cases.length + errors.length}" failures="${cases.filter(hasFailed).length}" errors="${errors.length}"`;

function caseLines(result: CaseResult): string[] {
  const opening = `    <testcase classname="${xml(result.file)}" name="${xml(result.name)}" file="${xml(result.file)}" line="${result.line}"`;
  if (!hasFailed(result)) return [`${opening}/>`];
  const lines = differences(result).map(xml);
  return [`${opening}>`, '      <failure type="unexpected" message="not as expected">', ...lines, '      </failure>', '    </testcase>'];
}

const errorLines = ({ file, line, column, message }: FileError): string[] => [
  `    <testcase classname="${xml(file)}" name="${xml(`line ${line}, column ${column}`)}" file="${xml(file)}">`,
  `      <error type="broken" message="${xml(message)}"/>`,
  '    </testcase>',
];

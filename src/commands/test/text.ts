import { terminal } from '../../report/terminal.ts';
import type { Comparison } from './compare.ts';
import { differs } from './compare.ts';
import type { Coverage } from './coverage.ts';
import type { Outcome } from './outcome.ts';
import { hasFailed } from './run-case.ts';
import type { CaseResult } from './run-file.ts';

/** What failed, with what was expected (-) and what came (+); everything with `verbose`. The last line counts. */
export function text({ files, errors, updated, coverage }: Outcome, { verbose }: { readonly verbose: boolean }): string {
  const cases = files.flatMap((file) => file.cases);
  const failed = cases.filter(hasFailed);
  const lines = [
    ...cases.flatMap((result) => caseLines(result, verbose)),
    ...errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: error: ${message}`),
    ...(coverage ? coverageLines(coverage) : []),
    totals(cases.length - failed.length, failed.length, errors.length, updated),
  ];
  return `${lines.map(terminal).join('\n')}\n`;
}

function caseLines(result: CaseResult, verbose: boolean): string[] {
  const { file, line, name } = result;
  if (hasFailed(result)) return [`${file}:${line}: failed: ${name}`, ...differences(result)];
  return verbose ? [`${file}:${line}: passed: ${name}`] : [];
}

/** The lines of a diff under what they are of. */
export function differences({ comparisons, expects }: Pick<CaseResult, 'comparisons' | 'expects'>): string[] {
  const unsaid = expects === undefined ? ['  the case has no expect; --update writes what came'] : [];
  return [...unsaid, ...comparisons.filter(differs).flatMap(differenceLines)];
}

const differenceLines = ({ what, kept, missing, unexpected }: Comparison): string[] => [
  `  ${what}: - expected, + got`,
  ...kept.map((line) => `      ${line}`),
  ...missing.map((line) => `    - ${line}`),
  ...unexpected.map((line) => `    + ${line}`),
];

function coverageLines({ rules, messages }: Coverage): string[] {
  return [
    `coverage: ${rules.all - rules.missed.length} of ${rules.all} rules, ${messages.all - messages.missed.length} of ${messages.all} messages`,
    ...rules.missed.map((line) => `  no case reaches ${line}`),
    ...messages.missed
      .filter((line) => !rules.missed.some((rule) => line.startsWith(`${rule}: `)))
      .map((line) => `  no case reaches ${line}`),
  ];
}

function totals(passed: number, failed: number, errors: number, updated: number): string {
  const more = [...(updated > 0 ? [`${updated} updated`] : []), ...(errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'}`] : [])];
  return [`${passed} passed`, `${failed} failed`, ...more].join(', ');
}

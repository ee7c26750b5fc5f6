import type { ReportError } from '../../report/report.ts';
import { count, cureWords, denies, placeWords, ruleName, weight } from '../../report/wording.ts';
import { terminal } from '../../report/terminal.ts';
import type { Left } from './fix-text.ts';

/** What is left to do, where, and why it was not done: two lines a finding. */
export function leftLines({ finding, result, why, toDo }: Left): string[] {
  const { line, column, message, path, cure } = finding;
  return [
    `${result.file}:${line}:${column}  ${weight(finding)}: ${message} (${ruleName(finding)})`,
    toDo !== undefined
      ? `  to do: ${toDo}`
      : `  left: ${why}${cure === null ? `, at ${placeWords(finding)}` : `; to do it by hand, ${cureWords({ cure, path })}`}`,
  ].map(terminal);
}

export const errorLine = ({ file, line, column, message }: ReportError): string => terminal(`error: ${file}:${line}:${column}: ${message}`);

export interface Totals {
  readonly files: number;
  readonly cured: number;
  readonly left: readonly Left[];
  readonly errors: number;
  readonly dryRun: boolean;
}

export function totalLine({ files, cured, left, errors, dryRun }: Totals): string {
  const denied = left.filter(({ finding }) => denies(finding)).length;
  const would = dryRun ? 'would be ' : '';
  const failed = errors === 0 ? '' : `; ${count(errors, 'error')}`;
  return `${count(cured, 'finding')} ${would}cured in ${count(files, 'file')}; ${left.length} left${denied === 0 ? '' : `, ${denied} of them denied`}${failed}`;
}

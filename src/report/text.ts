import type { Cure, Mode } from '../engine/finding.ts';
import { printable } from '../kube/printable.ts';
import type { LocatedFinding, Report, Result } from './report.ts';
import { summary } from './report.ts';

/** For a terminal: a block an object that has findings, errors, one line of summary. Text of objects cannot forge a line or a colour. */
export function text(report: Report): string {
  const blocks = report.results.filter(({ findings }) => findings.length > 0).map(block);
  return [...blocks, ...report.errors.map(errorLine), summaryLine(report)].join('\n');
}

function block(result: Result): string {
  const { file, line, kind, namespace, name, findings } = result;
  const title = `${file}:${line}  ${kind} ${[namespace, name].filter(Boolean).join('/')}: ${verdicts[result.verdict]}`;
  return `${[printable(title), ...findings.map((finding) => findingLines(file, finding))].join('\n')}\n`;
}

const verdicts: Record<Result['verdict'], string> = {
  deny: 'denied',
  warn: 'allowed, with warnings',
  allow: 'allowed',
  skip: 'not judged',
};
const labels: Record<Mode, string> = { Enforce: 'deny ', Warn: 'warn ', Audit: 'audit', Off: 'off  ' };

function findingLines(file: string, finding: LocatedFinding): string {
  const { mode, message, guardrail, rule, path, line, column, cure } = finding;
  const head = `  ${labels[mode]}  ${file}:${line}:${column}  ${message} (${guardrail}/${rule})`;
  return [head, `         at ${path}${cure ? `: ${cureWords(cure)}` : ''}`].map(printable).join('\n');
}

const cureWords = (cure: Cure): string =>
  `${'set' in cure ? `set ${JSON.stringify(cure.set)}` : 'remove'}${cure.class === 'review' ? ' (review what it changes)' : ''}`;

const errorLine = ({ file, line, column, message }: Report['errors'][number]): string =>
  printable(`error: ${file}:${line}:${column}: ${message}`);

function summaryLine(report: Report): string {
  const { objects, denied, warned, allowed, skipped } = summary(report);
  const ignored = report.ignored.length === 0 ? '' : `; ${count(report.ignored.length, 'document')} ignored, no Kubernetes objects`;
  const failed = report.errors.length === 0 ? '' : `; ${count(report.errors.length, 'error')}`;
  return `${count(objects, 'object')}: ${denied} denied, ${warned} warned, ${allowed} allowed, ${skipped} not judged${ignored}${failed}\n`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

import type { LocatedFinding, Report, Result } from './report.ts';
import { summary } from './report.ts';

/** One JSON document; its shape is `ScanOutputSchema`. */
export function json(report: Report): string {
  const { digest, results, errors } = report;
  return `${JSON.stringify({ version: 1, digest, results: results.map(result), errors, summary: summary(report) }, null, 2)}\n`;
}

const result = ({ file, line, apiVersion, kind, namespace, name, verdict, findings, notes }: Result): object => ({
  file,
  line,
  apiVersion,
  kind,
  namespace,
  name,
  verdict,
  findings: findings.map(finding),
  ...(notes && { notes }),
});

const finding = ({
  guardrail,
  rule,
  check,
  control,
  mode,
  severity,
  state,
  message,
  path,
  line,
  column,
  cure,
}: LocatedFinding): object => ({
  guardrail,
  rule,
  check,
  control,
  mode,
  severity,
  state,
  message,
  path,
  line,
  column,
  cure,
});

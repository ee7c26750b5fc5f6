import type { Severity } from '../../engine/finding.ts';
import type { Report } from '../../report/report.ts';

export interface CodeFlags {
  /** Only what denies with at least this severity fails the run. */
  readonly failOn: Severity | null;
  readonly exitZero: boolean;
}

const weights: Record<Severity, number> = { critical: 3, high: 2, medium: 1, low: 0 };

/** 0 nothing denied, 1 something denied, 2 could not judge; 2 wins over 1, and `--exit-zero` never hides it. */
export function verdictCode({ errors, results }: Pick<Report, 'errors' | 'results'>, { failOn, exitZero }: CodeFlags): number {
  if (errors.length > 0) return 2;
  if (exitZero) return 0;
  const least = failOn === null ? 0 : weights[failOn];
  return results.some((result) => result.verdict === 'deny' && denies(result, least)) ? 1 : 0;
}

const denies = ({ findings }: Report['results'][number], least: number): boolean =>
  findings.some(({ mode, state, severity }) => mode === 'Enforce' && state === 'active' && weights[severity] >= least);

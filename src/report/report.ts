import type { Finding, Verdict } from '../engine/finding.ts';

/** What a scan found, before any format. */
export interface Report {
  readonly digest: string;
  /** In the order of files and documents. */
  readonly results: readonly Result[];
  readonly errors: readonly ReportError[];
  /** Documents that are no Kubernetes objects. */
  readonly ignored: readonly { readonly file: string; readonly line: number }[];
}

/** One object. Lines and columns are 1-based. */
export interface Result {
  readonly file: string;
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly verdict: Verdict['verdict'];
  readonly findings: readonly LocatedFinding[];
}

export interface LocatedFinding extends Finding {
  readonly line: number;
  readonly column: number;
}

/** Why something could not be judged. */
export interface ReportError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Summary {
  readonly objects: number;
  readonly denied: number;
  readonly warned: number;
  readonly allowed: number;
  readonly skipped: number;
}

export function summary({ results }: Report): Summary {
  const count = (verdict: Verdict['verdict']): number => results.filter((result) => result.verdict === verdict).length;
  return { objects: results.length, denied: count('deny'), warned: count('warn'), allowed: count('allow'), skipped: count('skip') };
}

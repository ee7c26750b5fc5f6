import type { AnyCheck } from '../engine/check.ts';
import type { Finding, Verdict } from '../engine/finding.ts';

/** What a scan found, before any format. */
export interface Report {
  readonly digest: string;
  /** In the order of files and documents. */
  readonly results: readonly Result[];
  readonly errors: readonly ReportError[];
  /** Documents and files that are not judged; where no reason is given, they are no Kubernetes objects. */
  readonly ignored: readonly { readonly file: string; readonly line: number; readonly reason?: string }[];
  /** Text of each file that has a finding, to draw frames and to place cures. */
  readonly sources: ReadonlyMap<string, string>;
  /** What is known of rules that are no checks, by `GUARDRAIL/RULE`. */
  readonly rules?: ReadonlyMap<string, CheckHelp>;
}

/** Writes a report in one format. Pure: the same report and context give the same bytes. */
export type Format = (report: Report, context: Context) => string;

/** What a format may know beyond the report. */
export interface Context {
  readonly colour: boolean;
  /** Only what denies, a line each. */
  readonly quiet: boolean;
  /** Everything, nothing folded together. */
  readonly verbose: boolean;
  /** What is known of a check by its id, for help texts. */
  readonly checks: ReadonlyMap<string, CheckHelp>;
  /** Version of Sallyport. */
  readonly version: string;
}

export type CheckHelp = Pick<AnyCheck, 'title' | 'why' | 'refs'>;

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
  /** What is told of the object beside its findings: an exception that ends soon. Absent where there is nothing. */
  readonly notes?: readonly string[];
}

export interface LocatedFinding extends Finding {
  /** The path with names in the place of indexes, as `namedPath` writes it: the same after a reordering. */
  readonly namedPath: string;
  /** What quiets it, where the state is suppressed: a comment beside it, or a file of known findings. */
  readonly suppressedBy?: 'inline' | 'baseline';
  /** The reason that the comment gives. */
  readonly suppressedFor?: string;
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

import type { FileError } from '../../policy/load.ts';
import type { Coverage } from './coverage.ts';
import type { FileResult } from './run-file.ts';

/** What all files came to. */
export interface Outcome {
  readonly files: readonly FileResult[];
  readonly errors: readonly FileError[];
  /** Expectations that were written anew. */
  readonly updated: number;
  /** Absent: not asked for. */
  readonly coverage?: Coverage;
}

export type TestFormat = (outcome: Outcome, context: { readonly verbose: boolean }) => string;

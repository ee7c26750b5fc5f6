import type { ReportError } from '../../report/report.ts';
import type { Position } from '../../yaml/position.ts';

/** Text to scan, under the name that the report gives it. */
export interface Input {
  readonly file: string;
  readonly text: string;
  /** Found in a folder or by a pattern, not named: what was never meant for kubectl is skipped there. */
  readonly found?: boolean;
  /** Where the text was rendered from something that a human wrote. */
  readonly rendered?: Rendered;
}

export interface Rendered {
  /** Where a human wrote what stands at this place of the text, or under this path of its one object; null where that cannot be known. */
  readonly place: (position: Position, path: string | null) => Position | null;
  /** What to name where it cannot; absent: the first line. */
  readonly start?: Position;
  /** Text of the file that the places lie in. */
  readonly source: string;
  /** The lines of that file that the object was written in, where rendering has dropped their comments. */
  readonly comments?: { readonly first: number; readonly last: number };
}

/** What is not judged, and why not. */
export interface Skipped {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What reading leaves beside inputs. */
export interface Leftovers {
  readonly errors: ReportError[];
  readonly skipped: Skipped[];
}

export const fault = (file: string, message: string): ReportError => ({ file, line: 1, column: 1, message });

/** The system's own word for what went wrong: `EACCES`. */
export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';

import type { Program } from '../../cel/program.ts';

/** A PolicyException of Kyverno, ready to be asked. */
export interface UpstreamException {
  /** `namespace/name`, or its name. */
  readonly name: string;
  readonly conditions: readonly Program[];
  /** What it lets through without excusing everything; both empty: it excuses everything. */
  readonly allowedImages: readonly string[];
  readonly allowedValues: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
}

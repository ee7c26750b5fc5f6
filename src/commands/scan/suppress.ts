import type { LocatedFinding, Result } from '../../report/report.ts';
import type { Baseline } from './baseline.ts';
import type { Inline } from './inline.ts';
import type { Input } from './input.ts';
import { unjudged } from './unjudged.ts';

export type Suppressed = Pick<LocatedFinding, 'state' | 'suppressedBy' | 'suppressedFor'>;
export type Suppressible = Omit<LocatedFinding, 'line' | 'column'>;
export type ScannedObject = Omit<Result, 'verdict' | 'findings'>;

/** Asked once for each object, then for each of its findings at the line where comments on it stand, if known: what quiets it, or nothing. */
export type Suppress = (input: Input, object: ScannedObject) => (finding: Suppressible, line: number | null) => Suppressed | null;

/** By a comment beside the fault, else by the file of known findings. That something could not be judged is never quieted. */
export function suppressing(inline: Inline | null, baseline: Baseline): Suppress {
  return (input, object) => {
    const allowed = inline?.in(input);
    return (finding, line) => {
      if (finding.state !== 'active' || unjudged.has(finding.check)) return null;
      const reason = line === null ? null : (allowed?.(finding, line) ?? null);
      if (reason !== null) return { state: 'suppressed', suppressedBy: 'inline', suppressedFor: reason };
      return baseline.holds(object, finding) ? { state: 'suppressed', suppressedBy: 'baseline' } : null;
    };
  };
}

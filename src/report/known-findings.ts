import type { KnownFinding } from '../api/baseline.ts';
import { group } from './fingerprint.ts';
import type { LocatedFinding, Result } from './report.ts';

type Named = Pick<LocatedFinding, 'guardrail' | 'rule' | 'namedPath'>;

/** A finding by what stays the same when its file is moved, its lines shift or its lists are put in another order. */
export function knownFinding(
  { apiVersion, kind, namespace, name }: Omit<KnownFinding, 'guardrail' | 'rule' | 'path'>,
  finding: Named,
): KnownFinding {
  const { guardrail, rule, namedPath } = finding;
  return { guardrail, rule, apiVersion, kind, namespace, name, path: namedPath };
}

/** Equal for what is the same finding; an object is the same under v1beta1 and v1. */
export const findingKey = ({ guardrail, rule, apiVersion, kind, namespace, name, path }: KnownFinding): string =>
  JSON.stringify([namespace, kind, group(apiVersion), name, path, guardrail, rule]);

/** Every finding that only the baseline quiets. */
export const quietedByBaseline = (results: readonly Result[]): KnownFinding[] =>
  results.flatMap((result) =>
    result.findings.filter(({ suppressedBy }) => suppressedBy === 'baseline').map((finding) => knownFinding(result, finding)),
  );

/** The text of a baseline file: each finding once, sorted, on a line of its own, so that a change of it reads well. */
export function baselineText(findings: readonly KnownFinding[]): string {
  const byKey = new Map(findings.map((finding) => [findingKey(finding), finding]));
  const sorted = [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => `    ${JSON.stringify(finding)}`);
  return `{\n  "version": 1,\n  "findings": [${sorted.length === 0 ? '' : `\n${sorted.join(',\n')}\n  `}]\n}\n`;
}

import { createHash } from 'node:crypto';
import type { LocatedFinding, Result } from './report.ts';

/**
 * Answers a name for each finding that a later scan gives it again: it hangs on guardrail, rule, file, object and path by container
 * name, never on a line number or the order of a list. Of findings that are alike in all this, the second gets another, and so on.
 */
export function fingerprinter(): (result: Result, finding: LocatedFinding) => string {
  const seen = new Map<string, number>();
  return (result, finding) => {
    const { file, apiVersion, kind, namespace, name } = result;
    const identity = [finding.guardrail, finding.rule, file, group(apiVersion), kind, namespace, name, finding.namedPath];
    const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
    const times = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, times);
    return `${hash}:${times}`;
  };
}

/** An object is the same under v1beta1 and v1. */
export const group = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');

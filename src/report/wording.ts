import type { Cure, Mode } from '../engine/finding.ts';
import type { LocatedFinding, Result } from './report.ts';

export const verdictWords: Readonly<Record<Result['verdict'], string>> = {
  deny: 'denied',
  warn: 'allowed, with warnings',
  allow: 'allowed',
  skip: 'not judged',
};

const modeWords: Readonly<Record<Mode, string>> = { Enforce: 'deny', Warn: 'warn', Audit: 'audit', Off: 'off' };

/** `deny`, `warn`, `audit`, `off`, or why the finding counts for less: `excepted`, `ratcheted`, `suppressed`. */
export const weight = ({ state, mode }: LocatedFinding): string => (state === 'active' ? modeWords[mode] : state);

export const denies = ({ state, mode }: LocatedFinding): boolean => state === 'active' && mode === 'Enforce';

/** What else must be known of a finding that counts for less than its mode. */
export function remarks({ state, mode, exception, refusesPods, suppressedBy, suppressedFor }: LocatedFinding): string[] {
  return [
    ...(suppressedBy === 'inline' ? [`allowed by a comment ${suppressedFor ?? ''}`.trimEnd()] : []),
    ...(suppressedBy === 'baseline' ? ['known to the baseline'] : []),
    ...(exception === undefined ? [] : [`excused by the exception ${exception}`]),
    ...(state === 'suppressed' && mode === 'Enforce' ? ['quiet in this scan only: the cluster will still refuse it'] : []),
    ...(refusesPods === true ? ['it was there before, but pods made from this template will be refused'] : []),
  ];
}

/** Where a finding stands: a path, or in words what has none. */
export const placeWords = ({ path }: { readonly path: string }): string => (path === '' ? 'the object' : path);

/** The cure as an instruction: `set spec.hostNetwork to false`. */
export function cureWords({ cure, path }: { readonly cure: Cure; readonly path: string }): string {
  return 'set' in cure ? `set ${path} to ${JSON.stringify(cure.set)}` : `remove ${path}`;
}

export const REVIEW = 'review what the cure changes';

/** `Deployment shop/web`. */
export const objectName = ({ kind, namespace, name }: Result): string => `${kind} ${[namespace, name].filter(Boolean).join('/')}`;

export const ruleName = ({ guardrail, rule }: LocatedFinding): string => `${guardrail}/${rule}`;

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

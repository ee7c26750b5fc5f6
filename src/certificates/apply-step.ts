import { defaultLifetimes, makeAuthority, makeLeaf } from './authority.ts';
import type { KeyPair } from './authority.ts';
import { CertificateError } from './error.ts';
import type { Circumstances, Step } from './next-step.ts';
import { unexpired, unique } from './state.ts';
import type { CertificateState, UnusableState } from './state.ts';

/**
 * The state after a step of nextStep; for `wait`, the state itself. `now` is the time of this call: for `publish-bundle`,
 * after the registration held the bundle. Throws CertificateError `step-unfit` where the step was worked out for another state.
 */
export function applyStep(step: Step, state: CertificateState | UnusableState, circumstances: Circumstances): CertificateState {
  if (step.do === 'create') return create(state, circumstances);
  if ('problem' in state) throw unfit(step);
  switch (step.do) {
    case 'renew-leaf':
      return { ...state, leaf: newLeaf(state.authority, circumstances, step) };
    case 'introduce-authority':
      return { ...state, next: { ...newAuthority(circumstances), publishedAt: null } };
    case 'publish-bundle':
      return { ...state, next: { ...introduced(state, step), publishedAt: circumstances.now } };
    case 'swap-leaf':
      return swapLeaf(state, circumstances, step);
    case 'drop-expired':
      return { ...state, retired: unexpired(state.retired, circumstances.now) };
    case 'wait':
      break;
  }
  return state;
}

/** Whatever was trusted stays trusted, so that servers which still hold an older leaf go on being believed. */
function create(state: CertificateState | UnusableState, circumstances: Circumstances): CertificateState {
  const trusted =
    'problem' in state ? state.salvaged : [state.authority.certificate, ...(state.next ? [state.next.certificate] : []), ...state.retired];
  const authority = newAuthority(circumstances);
  const leaf = makeLeaf(authority, circumstances.hosts, circumstances.now, circumstances.lifetimes?.leaf);
  return { authority, leaf, next: null, retired: unexpired(unique(trusted), circumstances.now) };
}

function swapLeaf(state: CertificateState, circumstances: Circumstances, step: Step): CertificateState {
  const { certificate, key } = introduced(state, step);
  const authority = { certificate, key };
  const retired = unexpired(unique([state.authority.certificate, ...state.retired]), circumstances.now);
  return { authority, leaf: newLeaf(authority, circumstances, step), next: null, retired };
}

function newAuthority({ now, lifetimes = defaultLifetimes }: Circumstances): KeyPair {
  return makeAuthority(now, lifetimes.authority);
}

function newLeaf({ certificate, key }: CertificateState['authority'], circumstances: Circumstances, step: Step): KeyPair {
  if (key === null) throw unfit(step);
  return makeLeaf({ certificate, key }, circumstances.hosts, circumstances.now, circumstances.lifetimes?.leaf);
}

function introduced(state: CertificateState, step: Step): NonNullable<CertificateState['next']> {
  if (state.next === null) throw unfit(step);
  return state.next;
}

function unfit(step: Step): CertificateError {
  return new CertificateError('step-unfit', `the step ${step.do} does not fit this state: read the Secret again and ask nextStep`);
}

import { candidacy } from './candidate.ts';
import type { Candidate, LeaseOptions } from './candidate.ts';
import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { removeMarked } from './created.ts';
import { isObject } from '../kube/json.ts';

export interface Election extends LeaseOptions {
  /** The leader's work. The signal aborts when leadership ends; the lease is not given back before the promise settles. */
  onStarted(signal: AbortSignal): Promise<void>;
  /** Leadership has ended, and so has the work. */
  onStopped?(): void;
}

/**
 * Stands as a candidate until the signal aborts: waits for the lease, leads, and waits again when it is lost. On abort the lease is given back.
 * As client-go's leaderelection does, it trusts no other host's clock: a lease has run out when it did not change for its duration by our own.
 */
export async function elect(client: Client, clock: Clock, election: Election, signal: AbortSignal): Promise<void> {
  const candidate = candidacy(client, clock, election);
  while (!signal.aborted) {
    if (!(await candidate.acquire(signal))) continue;
    await lead(candidate, election, signal);
    await candidate.release();
    // Work that fails at once would otherwise be started again in a tight loop.
    await candidate.pause(signal);
  }
}

/** Removes a Lease that `create` made and nobody holds; one that the chart made stays. Throws ClusterError. */
export function removeCreatedLease(
  client: Client,
  { namespace, name }: Pick<LeaseOptions, 'namespace' | 'name'>,
): Promise<'removed' | 'not-ours'> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
  return removeMarked(client, path, ({ spec }) => !isObject(spec) || (spec['holderIdentity'] ?? '') === '');
}

async function lead(candidate: Candidate, election: Election, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const term = new AbortController();
  const end = () => term.abort();
  signal.addEventListener('abort', end, { once: true });
  const work = election
    .onStarted(term.signal)
    .catch((error: unknown) => election.onTrouble?.(error))
    .finally(end);
  await candidate.keep(term.signal);
  end();
  await work;
  signal.removeEventListener('abort', end);
  election.onStopped?.();
}

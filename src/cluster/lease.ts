import { candidacy } from './candidate.ts';
import type { Candidate, LeaseOptions } from './candidate.ts';
import type { Client } from './client.ts';
import type { Clock } from './clock.ts';

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

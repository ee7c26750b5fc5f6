import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { ClusterError } from './error.ts';
import { observeLease } from './observed-lease.ts';
import type { JsonObject } from '../kube/json.ts';

export interface Times {
  /** Milliseconds after which others may take a lease that is not renewed. */
  readonly leaseDuration: number;
  /** Milliseconds without a renewal after which the leader steps down; less than leaseDuration. */
  readonly renewDeadline: number;
  /** Milliseconds between two tries. */
  readonly retryPeriod: number;
}

/** As the controllers of Kubernetes itself have them. */
export const defaultTimes: Times = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unlike any other candidate's, also that of this process before a restart. */
  readonly identity: string;
  /** Create the Lease where it is absent; else an absent one is `not-found` trouble, and it is looked for again. */
  readonly create: boolean;
  readonly times?: Times;
  /** A try failed. Called for each; the next try comes by itself. */
  onTrouble?(error: unknown): void;
}

/** One process that wants one Lease. Its writes are fenced by resourceVersion: of two that think they may, one succeeds. */
export interface Candidate {
  /** Tries until the lease is ours (true) or the signal aborts (false). */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Renews until the signal aborts, the lease is somebody else's, or the deadline passes without a renewal. */
  keep(signal: AbortSignal): Promise<void>;
  /** Gives the lease back if it is still ours. */
  release(): Promise<void>;
  /** The time between two tries, with jitter so that candidates do not march in step. */
  pause(signal: AbortSignal): Promise<void>;
}

export function candidacy(client: Client, clock: Clock, options: LeaseOptions): Candidate {
  const { leaseDuration, renewDeadline, retryPeriod } = options.times ?? defaultTimes;
  const lease = observeLease(client, clock, { ...options, duration: leaseDuration });
  const held = (old: JsonObject) => heldSpec(old, options.identity, leaseDuration, clock.date());
  const free = (old: JsonObject) => ({ ...held(old), holderIdentity: '', leaseDurationSeconds: 1 });
  const ours = () => lease.holder() === options.identity;
  const deadline = () => lease.renewedAt() + renewDeadline;
  const jittered = () => retryPeriod * (0.8 + 0.2 * Math.random());
  const timeout = (until: number) => Math.max(1, Math.min(renewDeadline / 2, until - clock.now()));

  const take = async (signal: AbortSignal) => {
    await lease.read({ timeout: renewDeadline / 2, signal });
    if (!ours() && clock.now() < lease.runsOutAt()) return false;
    await lease.write(held, { timeout: renewDeadline / 2 });
    return true;
  };
  /** A write of ours may have got through without its answer: after a conflict we look whose lease it is. */
  const rewrite = async (spec: (old: JsonObject) => JsonObject, until: number) => {
    try {
      await lease.write(spec, { timeout: timeout(until) });
    } catch (error) {
      if (!isConflict(error)) throw error;
      await lease.read({ timeout: timeout(until) });
      if (ours()) await lease.write(spec, { timeout: timeout(until) });
    }
  };

  return {
    async acquire(signal) {
      while (!signal.aborted) {
        try {
          if (await take(signal)) return true;
        } catch (error) {
          if (!signal.aborted && !isConflict(error)) options.onTrouble?.(error);
        }
        const left = lease.runsOutAt() - clock.now();
        await clock.sleep(left > 0 ? Math.min(jittered(), left) : jittered(), signal);
      }
      return false;
    },
    async keep(signal) {
      while (ours()) {
        await clock.sleep(Math.min(retryPeriod, deadline() - clock.now()), signal);
        if (signal.aborted || clock.now() >= deadline()) return;
        await rewrite(held, deadline()).catch((error: unknown) => options.onTrouble?.(error));
      }
    },
    async release() {
      if (!ours()) return;
      await rewrite(free, clock.now() + retryPeriod).catch((error: unknown) => options.onTrouble?.(error));
    },
    pause: (signal) => clock.sleep(jittered(), signal),
  };
}

const isConflict = (error: unknown) => error instanceof ClusterError && error.code === 'conflict';

function heldSpec(old: JsonObject, holderIdentity: string, leaseDuration: number, date: Date): JsonObject {
  // MicroTime: the API server refuses any other number of digits.
  const now = date.toISOString().replace('Z', '000Z');
  const same = old['holderIdentity'] === holderIdentity;
  const transitions = typeof old['leaseTransitions'] === 'number' ? old['leaseTransitions'] : 0;
  return {
    ...old,
    holderIdentity,
    leaseDurationSeconds: Math.ceil(leaseDuration / 1000),
    acquireTime: same ? (old['acquireTime'] ?? now) : now,
    renewTime: now,
    leaseTransitions: same ? transitions : transitions + 1,
  };
}

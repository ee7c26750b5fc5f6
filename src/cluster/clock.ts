import { setTimeout as pause } from 'node:timers/promises';

/** Time as the loops of this folder see it, so that a test can turn the hands. */
export interface Clock {
  /** Milliseconds that only grow: for durations. */
  now(): number;
  /** The time of day: only ever written, never compared. */
  date(): Date;
  /** Resolves after this many milliseconds, or at once when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (milliseconds, signal) => pause(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined),
};

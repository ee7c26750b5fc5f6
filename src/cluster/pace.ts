import type { Clock } from './clock.ts';

/** Resolves when the next write may be sent: never two of them closer than so many milliseconds. In the order of the calls. */
export type Pace = (signal: AbortSignal) => Promise<void>;

export function pace(clock: Clock, everyMs: number): Pace {
  let next = -Infinity;
  return async (signal) => {
    const turn = Math.max(next, clock.now());
    next = turn + everyMs;
    await clock.sleep(turn - clock.now(), signal);
  };
}

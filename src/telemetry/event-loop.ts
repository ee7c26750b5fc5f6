export interface LoopWatch {
  /** Longest stall that ended within the last half minute, in milliseconds. */
  readonly stalledMs: () => number;
  readonly stop: () => void;
}

const rememberMs = 30_000;

/** Notices when the event loop did not turn: a timer that comes late tells by how much. */
export function watchEventLoop({ now, everyMs = 500 }: { now: () => number; everyMs?: number }): LoopWatch {
  let last = now();
  let worst = { ms: 0, at: last };
  const timer = setInterval(turn, everyMs).unref();

  function turn(): void {
    const at = now();
    const ms = Math.max(0, at - last - everyMs);
    last = at;
    if (ms >= worst.ms || at - worst.at > rememberMs) worst = { ms, at };
  }

  return {
    stalledMs: () => Math.max(now() - worst.at > rememberMs ? 0 : worst.ms, now() - last - everyMs, 0),
    stop: () => clearInterval(timer),
  };
}

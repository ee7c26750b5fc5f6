/** Draws a bar, over itself, once a run has taken a second. */
export interface Progress {
  readonly show: (done: number) => void;
  /** Takes the bar away. */
  readonly clear: () => void;
}

const PATIENCE_MS = 1000;
const INTERVAL_MS = 100;
const WIDTH = 30;

/** @param write to a terminal; null where there is none. @param now milliseconds of a steady clock. */
export function progress(total: number, write: ((text: string) => void) | null, now: () => number): Progress {
  const start = now();
  let next = start + PATIENCE_MS;
  let drawn = false;
  return {
    show: (done) => {
      if (write === null || now() < next) return;
      next = now() + INTERVAL_MS;
      drawn = true;
      const full = Math.round((done / Math.max(total, 1)) * WIDTH);
      write(`\r${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${done} of ${total} files\u001b[K`);
    },
    clear: () => {
      if (drawn) write?.('\r\u001b[K');
    },
  };
}

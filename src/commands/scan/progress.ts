/** Draws a bar, over itself, once a run has taken a second. */
export interface Progress {
  readonly show: (done: number, total?: number) => void;
  /** Takes the bar away. */
  readonly clear: () => void;
}

const PATIENCE_MS = 1000;
const INTERVAL_MS = 100;
const WIDTH = 30;

/**
 * @param all how many there are; `show` may know better as it goes on.
 * @param write to a terminal; null where there is none.
 * @param now milliseconds of a steady clock.
 */
export function progress(all: number, write: ((text: string) => void) | null, now: () => number, noun = 'files'): Progress {
  const start = now();
  let next = start + PATIENCE_MS;
  let drawn = false;
  return {
    show: (done, total = all) => {
      if (write === null || now() < next) return;
      next = now() + INTERVAL_MS;
      drawn = true;
      const full = Math.round((done / Math.max(total, 1)) * WIDTH);
      write(`\r${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${done} of ${total} ${noun}\u001b[K`);
    },
    clear: () => {
      if (drawn) write?.('\r\u001b[K');
    },
  };
}

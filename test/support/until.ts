import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is neither null nor false, and returns it; after so many milliseconds (default 30,000) throws what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | false> | T | null | false,
  { within = 30_000, every = 100 } = {},
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(every);
  }
}

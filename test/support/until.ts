import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is worth something (not null, undefined, false, 0 or ''), and returns it; after so many milliseconds (default 30,000) throws what was waited for. */
export async function until<T>(what: string, ask: () => Promise<T> | T, { within = 30_000, every = 100 } = {}): Promise<NonNullable<T>> {
  const deadline = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(every);
  }
}

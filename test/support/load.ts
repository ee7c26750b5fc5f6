import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../src/cluster/client.ts';
import type { JsonObject } from '../../src/kube/json.ts';
import { isObject } from '../../src/kube/json.ts';

/** Requests that must be let in and refused, in turn, at a steady rate. */
export interface Load {
  readonly sent: number;
  /** Answers other than the verdict that was due. */
  readonly lost: readonly string[];
  stop(): Promise<void>;
}

/** Creates pods as dry runs in namespace default through the API server: one of the two is good, and one is refused by name. */
export function startLoad(client: Client, { good, bad, perSecond = 50 }: { good: JsonObject; bad: JsonObject; perSecond?: number }): Load {
  const stop = new AbortController();
  const lost: string[] = [];
  const open = new Set<Promise<void>>();
  const load = { sent: 0, lost, stop: end };
  const sending = send();
  return load;

  async function send(): Promise<void> {
    const start = performance.now();
    while (!stop.signal.aborted) {
      // Late timers are caught up with, so that the rate holds on a busy machine.
      while (load.sent < ((performance.now() - start) / 1000) * perSecond) ask(load.sent++ % 2 === 0);
      await sleep(1000 / perSecond, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  function ask(fine: boolean): void {
    const asked = client
      .request('POST', '/api/v1/namespaces/default/pods?dryRun=All', fine ? good : bad, { timeout: 30_000 })
      .then(({ status, body }) => {
        const message = isObject(body) && typeof body['message'] === 'string' ? body['message'] : '';
        const due = fine ? status === 201 : status === 403 && message.includes('denied the request');
        if (!due) lost.push(`${fine ? 'good' : 'bad'} pod: ${status} ${message}`);
      })
      .catch((error: unknown) => void lost.push(String(error)))
      .finally(() => open.delete(asked));
    open.add(asked);
  }

  async function end(): Promise<void> {
    stop.abort();
    await sending;
    await Promise.all(open);
  }
}

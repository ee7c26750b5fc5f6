import type { JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Answer, Client } from './client.ts';
import { refusal } from './error.ts';

export interface Page {
  readonly items: readonly JsonObject[];
  /** Objects of the pages to come, where the API server says. */
  readonly remaining: number;
}

export interface PageOptions {
  /** Objects to a page. */
  readonly limit: number;
  /** Milliseconds for a page. */
  readonly timeout: number;
}

/** Reads what lies under a path page by page, so that no more than one is held. Throws ClusterError. */
export async function* pagesOf(client: Client, path: string, { limit, timeout }: PageOptions): AsyncGenerator<Page> {
  let after = '';
  let expired = false;
  do {
    const query = new URLSearchParams({ limit: String(limit), ...(after !== '' && { continue: after }) });
    const answer = await client.request('GET', `${path}?${query.toString()}`, undefined, { timeout });
    const next = continueOf(answer);
    // The history is gone, and the API server gives a token with which the list goes on as things are now.
    if (answer.status === 410 && next !== '' && !expired) {
      expired = true;
    } else {
      if (answer.status >= 300 || !isObject(answer.body)) throw refusal(`list ${path}`, answer);
      expired = false;
      yield pageOf(answer.body);
    }
    after = next;
  } while (after !== '');
}

function pageOf({ items, metadata }: JsonObject): Page {
  const remaining = isObject(metadata) ? metadata['remainingItemCount'] : 0;
  return { items: Array.isArray(items) ? items.filter(isObject) : [], remaining: typeof remaining === 'number' ? remaining : 0 };
}

function continueOf({ body }: Answer): string {
  const metadata = isObject(body) ? body['metadata'] : null;
  const token = isObject(metadata) ? metadata['continue'] : null;
  return typeof token === 'string' ? token : '';
}

import type { Client } from './client.ts';
import { ClusterError, refusal } from './error.ts';
import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';

/** All objects of one kind as they were at one moment. */
export interface ObjectList {
  readonly items: readonly JsonObject[];
  /** Where a watch takes over. */
  readonly resourceVersion: string;
}

export interface ListOptions {
  /** Objects to a page. */
  readonly pageSize: number;
  /** As kubectl writes it: `team=a,tier in (x,y)`. Absent: all. */
  readonly labelSelector?: string;
  /** Milliseconds for a page. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Applied page by page, so that what is dropped is never held for all at once. */
  readonly transform: (object: JsonObject) => JsonObject;
  readonly onPage: () => void;
}

/** Reads every object under a path, the most recent state, in pages. Throws ClusterError. */
export async function listObjects(client: Client, path: string, options: ListOptions): Promise<ObjectList> {
  try {
    return await listPages(client, path, options, options.pageSize);
  } catch (error) {
    if (!(error instanceof ClusterError && error.code === 'expired')) throw error;
    // The pages took longer than the API server keeps history: all at once it cannot expire.
    return listPages(client, path, options, 0);
  }
}

async function listPages(client: Client, path: string, options: ListOptions, limit: number): Promise<ObjectList> {
  const items: JsonObject[] = [];
  let after = '';
  for (;;) {
    const query = new URLSearchParams({
      ...(options.labelSelector && { labelSelector: options.labelSelector }),
      ...(limit > 0 && { limit: String(limit) }),
      ...(after !== '' && { continue: after }),
    });
    const answer = await client.request('GET', `${path}?${query.toString()}`, undefined, options);
    if (answer.status >= 300 || !isObject(answer.body)) throw refusal(`list ${path}`, answer);
    options.onPage();
    const { metadata, items: page } = answer.body;
    for (const item of Array.isArray(page) ? page : []) if (isObject(item)) items.push(options.transform(item));
    after = text(metadata, 'continue');
    if (after === '') return { items, resourceVersion: text(metadata, 'resourceVersion') };
  }
}

function text(metadata: Json | undefined, key: string): string {
  const value = isObject(metadata) ? metadata[key] : undefined;
  return typeof value === 'string' ? value : '';
}

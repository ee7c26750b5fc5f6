import type { Client } from './client.ts';
import { refusal } from './error.ts';
import { isObject } from '../kube/json.ts';
import type { JsonObject } from '../kube/json.ts';

/** Annotation of what a server made because it was not there, so that it takes away nothing else. */
export const createdMark = { 'sallyport.dev/created-by': 'sallyport serve' } as const;

/** Removes the object at this path if a server made it and nobody changes it meanwhile. Throws ClusterError. */
export async function removeMarked(client: Client, path: string, idle: (object: JsonObject) => boolean): Promise<'removed' | 'not-ours'> {
  const found = await client.request('GET', path);
  if (found.status !== 200 || !isObject(found.body) || !isMarked(found.body) || !idle(found.body)) return 'not-ours';
  const { uid, resourceVersion } = metadataOf(found.body);
  const preconditions = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  const answer = await client.request('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
  if (answer.status >= 300) throw refusal(`remove ${path}`, answer);
  return 'removed';
}

function isMarked(object: JsonObject): boolean {
  const { annotations } = metadataOf(object);
  return isObject(annotations) && Object.keys(createdMark).every((key) => annotations[key] !== undefined);
}

const metadataOf = (object: JsonObject): JsonObject => (isObject(object['metadata']) ? object['metadata'] : {});

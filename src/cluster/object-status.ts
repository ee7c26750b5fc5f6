import type { Client } from './client.ts';
import { ClusterError, refusal } from './error.ts';
import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';

/**
 * Replaces the status of an object, as it was last seen, at its own path. Null where it is gone or somebody else wrote meanwhile: it will be
 * seen anew. Throws ClusterError.
 */
export async function putStatus(client: Client, path: string, object: JsonObject, status: Json): Promise<JsonObject | null> {
  const answer = await client.request('PUT', `${path}/status`, { ...object, status });
  if (answer.status < 300 && isObject(answer.body)) return answer.body;
  const error = refusal(`write the status of ${path}`, answer);
  if (error instanceof ClusterError && (error.code === 'conflict' || error.code === 'not-found')) return null;
  throw error;
}

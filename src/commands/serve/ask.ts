import type { Client } from '../../cluster/client.ts';
import { listObjects } from '../../cluster/object-list.ts';
import type { ListOptions } from '../../cluster/object-list.ts';
import type { Access, AccessReview, NamespaceFacts, ParamSource } from '../../engine/facts.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { guessResource } from '../../kube/resource-name.ts';
import { labelsOf, selectorText } from '../../kube/selector.ts';

/** As many pods as the built-in plugin looks at. */
const MAX_PODS = 3000;

/** Null: there is none of this name. Undefined: it could not be learnt. `timeout` in milliseconds, as in all of these. */
export async function askNamespace(client: Client, name: string, timeout: number): Promise<NamespaceFacts | null | undefined> {
  const { status, body } = await client.request('GET', `/api/v1/namespaces/${encodeURIComponent(name)}`, undefined, { timeout });
  if (status === 404) return null;
  const labels = status < 300 ? labelsOf(body) : null;
  return labels === null ? undefined : { labels, object: body };
}

export async function askPods(client: Client, namespace: string, timeout: number): Promise<readonly Json[]> {
  const items = await listAll(client, `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, { timeout });
  return items.slice(0, MAX_PODS);
}

/** Empty where there are none. */
export async function askParams(client: Client, source: ParamSource, timeout: number): Promise<readonly Json[] | undefined> {
  const { apiVersion, kind, name, selector } = source;
  const path = collectionOf(source);
  if (name === null) {
    const items = await listAll(client, path, { timeout, labelSelector: selectorText(selector ?? {}) });
    return items.map((item) => ({ ...item, apiVersion, kind }));
  }
  const { status, body } = await client.request('GET', `${path}/${encodeURIComponent(name)}`, undefined, { timeout });
  if (status === 404) return [];
  return status < 300 ? [body] : undefined;
}

export async function askAccess(client: Client, review: AccessReview, timeout: number): Promise<Access | undefined> {
  const body: Json = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: review };
  const answer = await client.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', body, { timeout });
  const status = isObject(answer.body) ? answer.body['status'] : undefined;
  if (answer.status >= 300 || !isObject(status)) return undefined;
  const { allowed, reason, evaluationError } = status;
  return {
    allowed: allowed === true,
    reason: typeof reason === 'string' ? reason : '',
    ...(typeof evaluationError === 'string' && evaluationError !== '' && { error: evaluationError }),
  };
}

function collectionOf({ apiVersion, kind, namespace }: ParamSource): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${within}/${guessResource(kind)}`;
}

async function listAll(
  client: Client,
  path: string,
  options: Pick<ListOptions, 'timeout' | 'labelSelector'>,
): Promise<readonly JsonObject[]> {
  const signal = AbortSignal.timeout(options.timeout);
  const whole = { pageSize: 500, signal, transform: (item: JsonObject) => item, onPage: () => undefined };
  return (await listObjects(client, path, { ...whole, ...options })).items;
}

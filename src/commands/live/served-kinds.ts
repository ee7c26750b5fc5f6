import type { Client } from '../../cluster/client.ts';
import { refusal } from '../../cluster/error.ts';
import { customWorkloads } from '../../kube/custom-workloads.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { Workload } from '../../kube/workload.ts';
import { workloads } from '../../kube/workload.ts';

/** A workload kind that a cluster serves, and under which version. */
export interface ServedKind {
  readonly workload: Workload;
  readonly version: string;
}

/** Kinds that Kubernetes' own controllers make of others. */
const made = new Set(['ReplicaSet', 'Job']);

/** Owners go before what they make, and pods come last. Throws ClusterError. */
export async function servedKinds(client: Client): Promise<ServedKind[]> {
  const builtIn = workloads.map((workload) => ({ workload, version: workload.versions[0] ?? 'v1' })).toSorted((a, b) => rank(a) - rank(b));
  return [...(await servedCustom(client)), ...builtIn];
}

const rank = ({ workload: { kind } }: ServedKind): number => (kind === 'Pod' ? 2 : Number(made.has(kind)));

async function servedCustom(client: Client): Promise<ServedKind[]> {
  const known = Map.groupBy(customWorkloads, ({ group }) => group);
  const served: ServedKind[] = [];
  for (const { group, versions } of groupsOf(await read(client, '/apis'))) {
    let wanted = known.get(group) ?? [];
    for (const version of versions) {
      if (wanted.length === 0) break;
      const resources = resourcesOf(await read(client, `/apis/${group}/${version}`));
      served.push(...wanted.filter(({ resource }) => resources.has(resource)).map((workload) => ({ workload, version })));
      wanted = wanted.filter(({ resource }) => !resources.has(resource));
    }
  }
  return served;
}

async function read(client: Client, path: string): Promise<Json> {
  const answer = await client.request('GET', path);
  if (answer.status >= 300) throw refusal(`discover ${path}`, answer);
  return answer.body;
}

/** Preferred version first. */
function groupsOf(body: Json): { group: string; versions: string[] }[] {
  return listIn(body, 'groups').flatMap((entry) => {
    if (!isObject(entry) || typeof entry['name'] !== 'string') return [];
    const versions = [entry['preferredVersion'] ?? null, ...listIn(entry, 'versions')].map((item) => textIn(item, 'version'));
    return [{ group: entry['name'], versions: [...new Set(versions)].filter(Boolean) }];
  });
}

const resourcesOf = (body: Json): Set<string> =>
  new Set(listIn(body, 'resources').flatMap((item) => (isObject(item) && item['namespaced'] === true ? [textIn(item, 'name')] : [])));

function listIn(body: Json, key: string): readonly Json[] {
  const list = isObject(body) ? body[key] : null;
  return Array.isArray(list) ? list : [];
}

function textIn(body: Json, key: string): string {
  const text = isObject(body) ? body[key] : null;
  return typeof text === 'string' ? text : '';
}

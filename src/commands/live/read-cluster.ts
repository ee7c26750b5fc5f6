import { connect } from '../../cluster/client.ts';
import type { Client } from '../../cluster/client.ts';
import { ClusterError, refusal } from '../../cluster/error.ts';
import { pagesOf } from '../../cluster/pages.ts';
import { GUARDRAIL_VERSION } from '../../api/guardrail.ts';
import type { NamespaceFacts, ParamSource } from '../../engine/facts.ts';
import { fromStored } from '../../engine/from-stored.ts';
import type { Subject } from '../../engine/subject.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { guessResource } from '../../kube/resource-name.ts';
import { labelsOf } from '../../kube/selector.ts';
import { NAME_LABEL } from '../../policy/namespace-selector.ts';
import type { ReportError } from '../../report/report.ts';
import type { Io } from '../io.ts';
import { fault } from '../scan/input.ts';
import { askParams } from '../serve/ask.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import type { ServedKind } from './served-kinds.ts';
import { servedKinds } from './served-kinds.ts';

export interface ClusterFlags {
  readonly kubeconfig: string | undefined;
  /** Judge this namespace only; null for all. */
  readonly namespace: string | null;
}

/** What runs in a cluster, read as it is asked for. Every method may throw ClusterError. */
export interface LiveCluster {
  readonly server: string;
  /** Labels of every namespace that may be judged; null where they may not be read, which `forbiddenNamespaces` tells. */
  namespaces(): Promise<ReadonlyMap<string, NamespaceFacts> | null>;
  readonly forbiddenNamespaces: ReportError;
  /** Every GuardrailException, as it is stored; none where the cluster knows no such kind. */
  exceptions(errors: ReportError[]): Promise<JsonObject[]>;
  /** What a policy takes as params; undefined, with an error, where it may not be read. */
  params(source: ParamSource, errors: ReportError[]): Promise<readonly Json[] | undefined>;
  /** Every workload, owners before what they make and pods last. What may not be listed becomes an error. */
  subjects(errors: ReportError[], show: (done: number, total: number) => void): AsyncGenerator<Subject>;
  close(): Promise<void>;
}

const pages = { limit: 500, timeout: 60_000 };

export function openCluster({ kubeconfig, namespace }: ClusterFlags, io: Pick<Io, 'cwd' | 'env'>): LiveCluster {
  const client = connect({ kubeconfig: kubeconfigOf(kubeconfig, io), env: io.env });
  const scope: Scope = { client, namespace };
  return {
    server: client.server,
    namespaces: () => readNamespaces(scope),
    forbiddenNamespaces: forbidden('', 'namespaces', scope, 'a guardrail asks for the labels of namespaces'),
    exceptions: (errors) => readExceptions(scope, errors),
    params: (source, errors) => readParams(scope, source, errors),
    subjects: (errors, show) => readSubjects(scope, errors, show),
    close: () => client.close(),
  };
}

interface Scope {
  readonly client: Client;
  readonly namespace: string | null;
}

async function readNamespaces({ client, namespace }: Scope): Promise<Map<string, NamespaceFacts> | null> {
  const found = new Map<string, NamespaceFacts>();
  try {
    for await (const object of namespace === null ? objectsAt(client, '/api/v1/namespaces') : [await oneNamespace(client, namespace)]) {
      const name = nameOf(object);
      found.set(name, { labels: { ...labelsOf(object), [NAME_LABEL]: name }, object });
    }
    return found;
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}

async function oneNamespace(client: Client, namespace: string): Promise<JsonObject> {
  const answer = await client.request('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  if (answer.status >= 300 || !isObject(answer.body)) throw refusal(`read the namespace "${namespace}"`, answer);
  return answer.body;
}

async function readExceptions(scope: Scope, errors: ReportError[]): Promise<JsonObject[]> {
  const exceptions: JsonObject[] = [];
  const [group = ''] = GUARDRAIL_VERSION.split('/');
  try {
    for await (const object of objectsAt(scope.client, pathOf(`/apis/${GUARDRAIL_VERSION}`, 'guardrailexceptions', scope)))
      exceptions.push({ ...object, apiVersion: GUARDRAIL_VERSION, kind: 'GuardrailException' });
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error.code === 'not-found') return [];
    if (!isForbidden(error)) throw error;
    errors.push(forbidden(group, 'guardrailexceptions', scope, 'what they excuse is not known'));
  }
  return exceptions;
}

async function readParams({ client }: Scope, source: ParamSource, errors: ReportError[]): Promise<readonly Json[] | undefined> {
  const { apiVersion, kind, namespace, name } = source;
  const [resource, place] = [guessResource(kind), { client, namespace: namespace === '' ? null : namespace }];
  try {
    const found = await askParams(client, source, pages.timeout);
    if (found !== undefined) return found;
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const verb = name === null ? 'list' : 'get';
  errors.push(forbidden(group, resource, place, `a policy takes its params from ${[namespace, name].filter(Boolean).join('/')}`, verb));
  return undefined;
}

async function* objectsAt(client: Client, path: string): AsyncGenerator<JsonObject> {
  for await (const { items } of pagesOf(client, path, pages)) yield* items;
}

async function* readSubjects(scope: Scope, errors: ReportError[], show: (done: number, total: number) => void): AsyncGenerator<Subject> {
  let done = 0;
  for (const kind of await servedKinds(scope.client)) {
    const { group, resource } = kind.workload;
    try {
      for await (const { items, remaining } of pagesOf(scope.client, listOf(kind, scope), pages)) {
        yield* subjectsOf(items, kind);
        done += items.length;
        show(done, done + remaining);
      }
    } catch (error) {
      if (!isForbidden(error)) throw error;
      errors.push(forbidden(group, resource, scope, 'they are not judged'));
    }
  }
}

/** One after another, so that a page of objects is not held twice. */
function* subjectsOf(items: readonly JsonObject[], { workload, version }: ServedKind): Generator<Subject> {
  for (const item of items) yield fromStored(item, workload, version);
}

const listOf = ({ workload: { group, resource }, version }: ServedKind, scope: Scope): string =>
  pathOf(group === '' ? `/api/${version}` : `/apis/${group}/${version}`, resource, scope);

const pathOf = (root: string, resource: string, { namespace }: Scope): string =>
  namespace === null ? `${root}/${resource}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;

/** The right that is missing, as a rule of a role would grant it. */
function forbidden(group: string, resource: string, { namespace }: Scope, consequence: string, verb: 'list' | 'get' = 'list'): ReportError {
  const one = verb === 'get' || (resource === 'namespaces' && namespace !== null);
  const role = namespace === null || resource === 'namespaces' ? 'a ClusterRole' : `a Role in ${namespace}`;
  const rule = `{ apiGroups: [${JSON.stringify(group)}], resources: [${resource}], verbs: [${one ? 'get' : 'list'}] }`;
  return fault(
    `cluster:${resource}`,
    `the API server forbids to ${one ? 'get' : 'list'} ${resource}: ${consequence}; grant ${rule} by ${role}`,
  );
}

const isForbidden = (error: unknown): boolean => error instanceof ClusterError && error.code === 'forbidden';

function nameOf({ metadata }: JsonObject): string {
  const name: Json | undefined = isObject(metadata) ? metadata['name'] : null;
  return typeof name === 'string' ? name : '';
}

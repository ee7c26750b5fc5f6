import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { customWorkloads } from './custom-workloads.ts';
import { formatKey } from './field-path.ts';
import { kindOf } from './pod-shape.ts';
import type { Unreadable } from './pod-shape.ts';
import type { PodSource } from './pod.ts';

/** A kind that is a pod or carries the template of one. */
export interface Workload {
  readonly group: string;
  /** Served versions that kubectl and the API server know today. */
  readonly versions: readonly string[];
  readonly kind: string;
  readonly resource: string;
  /** Keys from the object down to what holds the pod's `metadata` and `spec`; `*` is every item of a list or every value of a map. */
  readonly template: readonly string[];
  /** Where the other templates are, of a kind that holds several. */
  readonly further?: readonly (readonly string[])[];
  /** A null template means no pod at all (core/v1 ReplicationController). */
  readonly templateOptional?: boolean;
}

const v1 = ['v1'];

/** Every built-in workload kind. */
export const workloads: readonly Workload[] = [
  { group: '', versions: v1, kind: 'Pod', resource: 'pods', template: [] },
  { group: '', versions: v1, kind: 'PodTemplate', resource: 'podtemplates', template: ['template'] },
  { group: '', versions: v1, kind: 'ReplicationController', resource: 'replicationcontrollers', template: ['spec', 'template'], templateOptional: true },
  { group: 'apps', versions: v1, kind: 'DaemonSet', resource: 'daemonsets', template: ['spec', 'template'] },
  { group: 'apps', versions: v1, kind: 'Deployment', resource: 'deployments', template: ['spec', 'template'] },
  { group: 'apps', versions: v1, kind: 'ReplicaSet', resource: 'replicasets', template: ['spec', 'template'] },
  { group: 'apps', versions: v1, kind: 'StatefulSet', resource: 'statefulsets', template: ['spec', 'template'] },
  { group: 'batch', versions: v1, kind: 'CronJob', resource: 'cronjobs', template: ['spec', 'jobTemplate', 'spec', 'template'] },
  { group: 'batch', versions: v1, kind: 'Job', resource: 'jobs', template: ['spec', 'template'] },
]; // prettier-ignore

const all = [...workloads, ...customWorkloads];
const byResource = new Map(all.map((workload) => [`${workload.group}/${workload.resource}`, workload]));
const byKind = new Map(all.map((workload) => [`${workload.group}/${workload.kind}`, workload]));

/** Whether the kind is one that Kubernetes itself serves. */
export const isBuiltIn = (workload: Workload): boolean => workloads.includes(workload);

export const workloadOfResource = (group: string, resource: string): Workload | undefined => byResource.get(`${group}/${resource}`);
export const workloadOfKind = (group: string, kind: string): Workload | undefined => byKind.get(`${group}/${kind}`);

/** Groups and versions under which the API server once served a built-in workload. */
const retired: Readonly<Record<string, readonly { group: string; version: string }[]>> = {
  'apps/deployments': [{ group: 'apps', version: 'v1beta1' }, { group: 'apps', version: 'v1beta2' }, { group: 'extensions', version: 'v1beta1' }],
  'apps/daemonsets': [{ group: 'apps', version: 'v1beta2' }, { group: 'extensions', version: 'v1beta1' }],
  'apps/replicasets': [{ group: 'apps', version: 'v1beta2' }, { group: 'extensions', version: 'v1beta1' }],
  'apps/statefulsets': [{ group: 'apps', version: 'v1beta1' }, { group: 'apps', version: 'v1beta2' }],
  'batch/cronjobs': [{ group: 'batch', version: 'v1beta1' }, { group: 'batch', version: 'v2alpha1' }],
}; // prettier-ignore

export const formerly = (group: string, resource: string): readonly { group: string; version: string }[] =>
  retired[`${group}/${resource}`] ?? [];

/** Groups of ours and the one they came from: an unknown version in them is a mistake, not somebody's custom resource. */
const builtInGroups = new Set(['', 'apps', 'batch', 'extensions']);

/** Where a workload kind is written under a version that no API server serves any more, what to write instead; else null. */
export function staleVersion({ group, version, kind }: { group: string; version: string; kind: string }): string | null {
  if (!builtInGroups.has(group)) return null;
  const meant = workloadOfKind(group, kind) ?? workloads.find((workload) => workload.kind === kind);
  if (!meant || (meant.group === group && meant.versions.includes(version))) return null;
  const right = [meant.group, meant.versions[0]].filter(Boolean).join('/');
  return `${[group, version].filter(Boolean).join('/')} is not served for a ${kind}; write apiVersion: ${right}`;
}

/** The pods that an object of this kind holds, unread. What stands where a pod should be, and cannot lead to one, is named. */
export function podSources(object: Json, workload: Workload): (PodSource | Unreadable)[] {
  if (!isObject(object)) return [{ path: '', expected: `a ${workload.kind}`, got: kindOf(object) }];
  const { template, further } = workload;
  const sources = sourcesAt(object, '', template, workload);
  return further === undefined ? sources : [...sources, ...further.flatMap((keys) => sourcesAt(object, '', keys, workload))];
}

function sourcesAt(holder: JsonObject, path: string, keys: readonly string[], workload: Workload): (PodSource | Unreadable)[] {
  const [key, ...rest] = keys;
  if (key === undefined) return [{ ...pathsUnder(path), metadata: holder['metadata'], spec: holder['spec'] }];
  const next = holder[key];
  const at = path === '' ? key : `${path}.${key}`;
  // The decoder makes an absent struct an empty one.
  if (next === null || next === undefined) return workload.templateOptional ? [] : [emptyPod(workload)];
  if (rest[0] === '*') return itemsOf(next, at).flatMap((item) => memberSources(item, rest.slice(1), workload));
  return memberSources({ value: next, path: at }, rest, workload);
}

function memberSources({ value, path }: Member, keys: readonly string[], workload: Workload): (PodSource | Unreadable)[] {
  return isObject(value) ? sourcesAt(value, path, keys, workload) : [{ path, expected: 'an object', got: kindOf(value) }];
}

interface Member {
  readonly value: Json;
  readonly path: string;
}

function itemsOf(value: Json, path: string): Member[] {
  if (Array.isArray(value)) return value.map((item, index) => ({ value: item, path: `${path}[${index}]` }));
  if (!isObject(value)) return [{ value, path }];
  return Object.entries(value).map(([key, item]) => ({ value: item ?? null, path: path + formatKey(key) }));
}

const emptyPod = (workload: Workload): PodSource => ({ ...pathsUnder(workload.template.join('.')), metadata: undefined, spec: undefined });

const pathsUnder = (path: string): { path: string; metadataPath: string } =>
  path === '' ? { path: 'spec', metadataPath: 'metadata' } : { path: `${path}.spec`, metadataPath: `${path}.metadata` };

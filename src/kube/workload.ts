import type { Json } from './json.ts';
import { isObject } from './json.ts';
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
  /** Keys from the object down to what holds the pod's `metadata` and `spec`. */
  readonly template: readonly string[];
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

const byResource = new Map(workloads.map((workload) => [`${workload.group}/${workload.resource}`, workload]));
const byKind = new Map(workloads.map((workload) => [`${workload.group}/${workload.kind}`, workload]));

export const workloadOfResource = (group: string, resource: string): Workload | undefined => byResource.get(`${group}/${resource}`);
export const workloadOfKind = (group: string, kind: string): Workload | undefined => byKind.get(`${group}/${kind}`);

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
  let holder = object;
  let path = '';
  for (const key of workload.template) {
    const next = holder[key];
    path = path === '' ? key : `${path}.${key}`;
    // The decoder makes an absent struct an empty one.
    if (next === null || next === undefined) return workload.templateOptional ? [] : [emptyPod(workload)];
    if (!isObject(next)) return [{ path, expected: 'an object', got: kindOf(next) }];
    holder = next;
  }
  return [{ ...templatePaths(workload), metadata: holder['metadata'], spec: holder['spec'] }];
}

const emptyPod = (workload: Workload): PodSource => ({ ...templatePaths(workload), metadata: undefined, spec: undefined });

const templatePaths = ({ template }: Workload): { path: string; metadataPath: string } => ({
  path: [...template, 'spec'].join('.'),
  metadataPath: [...template, 'metadata'].join('.'),
});

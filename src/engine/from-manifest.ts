import type { Json, JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { isNamespaced } from '../kube/namespaced-kinds.ts';
import type { PodSource } from '../kube/pod.ts';
import { guessResource } from '../kube/resource-name.ts';
import { podSources, workloadOfKind } from '../kube/workload.ts';
import { defaultVolume } from './default-volume.ts';
import type { Subject } from './subject.ts';

/** What the object is created as: a request by nobody in particular. */
const nobody = { username: '', groups: [] };

/**
 * The subject of a document that `kubectl apply` would create.
 * @param namespace where the document names none.
 */
export function fromManifest(object: JsonObject, namespace: string): Subject {
  const gvk = gvkOf(object);
  const workload = workloadOfKind(gvk.group, gvk.kind);
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return {
    gvk,
    resource: { group: gvk.group, version: gvk.version, resource: workload?.resource ?? guessResource(gvk.kind) },
    subresource: '',
    operation: 'CREATE',
    namespace: text(metadata['namespace']) || (workload || isNamespaced(gvk.group, gvk.kind) ? namespace : ''),
    name: text(metadata['name']) || text(metadata['generateName']),
    object,
    oldObject: null,
    user: nobody,
    dryRun: false,
    pods: workload ? podSources(object, workload).map((source) => ('expected' in source ? source : withDefaults(source))) : [],
  };
}

/** Group, version and kind as `apiVersion` and `kind` say; `''` where they say nothing. */
export function gvkOf(object: JsonObject): Subject['gvk'] {
  const apiVersion = text(object['apiVersion']);
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1), kind: text(object['kind']) };
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function withDefaults(source: PodSource): PodSource {
  const spec = source.spec;
  if (!isObject(spec) || !Array.isArray(spec['volumes'])) return source;
  return { ...source, spec: { ...spec, volumes: spec['volumes'].map(defaultVolume) } };
}

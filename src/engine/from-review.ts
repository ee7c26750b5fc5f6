import type { AdmissionRequest } from '../api/admission-review.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { podSources, workloadOfResource } from '../kube/workload.ts';
import type { Subject } from './subject.ts';

/** Subresources of a pod whose object is something else. Any other, also one that is yet to come, must be a pod. */
const otherObjects = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);

/** The subject of an admission request. Total: whatever the objects are, what cannot be read is named in `pods`. */
export function fromReview(request: AdmissionRequest): Subject {
  const { kind, resource, subResource, operation, namespace, object, oldObject, userInfo, dryRun, sent } = request;
  return {
    gvk: kind,
    resource,
    subresource: subResource,
    operation,
    namespace,
    name: nameOf(object) || request.name,
    object,
    oldObject,
    user: userInfo,
    dryRun,
    pods: podsToJudge(request),
    sent,
  };
}

function podsToJudge({ resource, subResource, operation, object }: AdmissionRequest): Subject['pods'] {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return [];
  const workload = workloadOfResource(resource.group, resource.resource);
  if (!workload) return [];
  if (subResource !== '' && (workload.kind !== 'Pod' || otherObjects.has(subResource))) return [];
  return podSources(object, workload);
}

function nameOf(object: Json): string {
  const metadata = isObject(object) ? object['metadata'] : null;
  const name = isObject(metadata) ? metadata['name'] : null;
  return typeof name === 'string' ? name : '';
}

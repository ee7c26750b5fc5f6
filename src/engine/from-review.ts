import type { AdmissionRequest } from '../api/admission-review.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { isSignificantUpdate, templatesUnchanged } from '../kube/pod-update.ts';
import { podSources, workloadOfResource } from '../kube/workload.ts';
import type { Subject } from './subject.ts';

/** Subresources whose object is the pod itself. */
const podSubresources = new Set(['', 'ephemeralcontainers', 'resize']);

/** The subject of an admission request. Total: whatever the objects are, what cannot be read is named in `pods`. */
export function fromReview(request: AdmissionRequest): Subject {
  const { kind, resource, subResource, operation, namespace, object, oldObject, userInfo, dryRun } = request;
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
  };
}

function podsToJudge({ resource, subResource, operation, object, oldObject }: AdmissionRequest): Subject['pods'] {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return [];
  const workload = workloadOfResource(resource.group, resource.resource);
  if (!workload) return [];
  const isPod = workload.kind === 'Pod';
  if (!(isPod ? podSubresources.has(subResource) : subResource === '')) return [];
  // Finalizers and labels of a pod that broke the rules before they were made stay editable, as upstream has it.
  if (isPod && operation === 'UPDATE' && !isSignificantUpdate(object, oldObject)) return [];
  const pods = podSources(object, workload);
  return !isPod && operation === 'UPDATE' && templatesUnchanged(pods, podSources(oldObject, workload)) ? [] : pods;
}

function nameOf(object: Json): string {
  const metadata = isObject(object) ? object['metadata'] : null;
  const name = isObject(metadata) ? metadata['name'] : null;
  return typeof name === 'string' ? name : '';
}

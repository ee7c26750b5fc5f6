import type { Subject } from '../engine/subject.ts';
import { isObject } from '../kube/json.ts';
import { isWorkloadController } from './exempt.ts';
import type { Target } from './match.ts';

/** What Kubernetes' own controllers make of a workload that holds the template, by group and resource. */
const owners: Readonly<Record<string, { readonly kind: string; readonly group: string; readonly resource: string }>> = {
  'apps/replicasets': { kind: 'Deployment', group: 'apps', resource: 'deployments' },
  'batch/jobs': { kind: 'CronJob', group: 'batch', resource: 'cronjobs' },
};

/**
 * The workload for which a controller of the cluster makes or keeps this ReplicaSet or Job, as it would be judged; else null. Its template was
 * judged with its owner, and the pods will be.
 */
export function ownerMadeFor({ resource, operation, object, user, namespace, subresource }: Subject): Target | null {
  const owner = owners[`${resource.group}/${resource.resource}`];
  if (owner === undefined || subresource !== '' || !isWorkloadController(user.username)) return null;
  const metadata = isObject(object) ? object['metadata'] : null;
  const references = isObject(metadata) ? metadata['ownerReferences'] : null;
  const controlled =
    Array.isArray(references) &&
    references.some(
      (reference) =>
        isObject(reference) &&
        reference['controller'] === true &&
        reference['kind'] === owner.kind &&
        reference['apiVersion'] === `${owner.group}/v1`,
    );
  if (!controlled) return null;
  return { group: owner.group, version: 'v1', resource: owner.resource, subresource: '', operation, namespaced: namespace !== '' };
}

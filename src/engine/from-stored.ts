import type { JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Workload } from '../kube/workload.ts';
import { podSources } from '../kube/workload.ts';
import type { Subject } from './subject.ts';

/** Who made a stored object is not stored with it. */
const nobody = { username: '', groups: [] };

/**
 * The subject of an object as the API server stores it: judged as if it were created today, by nobody in particular.
 * @param object an item of a list, which need not carry its apiVersion and kind.
 * @param version under which it was read.
 */
export function fromStored(object: JsonObject, workload: Workload, version: string): Subject {
  const { group, kind, resource } = workload;
  const whole: JsonObject = { ...object, apiVersion: group === '' ? version : `${group}/${version}`, kind };
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const { name, namespace } = metadata;
  return {
    gvk: { group, version, kind },
    resource: { group, version, resource },
    subresource: '',
    operation: 'CREATE',
    namespace: typeof namespace === 'string' ? namespace : '',
    name: typeof name === 'string' ? name : '',
    object: whole,
    oldObject: null,
    user: nobody,
    dryRun: false,
    pods: podSources(whole, workload),
  };
}

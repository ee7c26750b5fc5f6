import { readReview } from '../../api/admission-review.ts';
import type { CaseDocument } from '../../api/policy-test.ts';
import { defaultVolume } from '../../engine/default-volume.ts';
import { gvkOf } from '../../engine/from-manifest.ts';
import { fromReview } from '../../engine/from-review.ts';
import type { Subject } from '../../engine/subject.ts';
import { applyCures } from '../../fix/apply-cures.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { isNamespaced } from '../../kube/namespaced-kinds.ts';
import { guessResource } from '../../kube/resource-name.ts';
import type { Workload } from '../../kube/workload.ts';
import { podSources, workloadOfKind } from '../../kube/workload.ts';

type Asked = Omit<CaseDocument, 'name' | 'expect' | 'object' | 'file'>;

/** The subject of the review that the API server would send for a case: the way that a request takes through the server. Its objects are those of a file. */
export function subjectOf(asked: Asked, object: JsonObject): Subject {
  const review = readReview(reviewOf(asked, object));
  if (!review.ok) throw new Error(`the review that was made is none: ${review.field}`);
  return { ...fromReview(review.request), sent: undefined };
}

/** A review as the API server would post it. */
export function reviewOf(asked: Asked, object: JsonObject): JsonObject {
  const {
    oldObject,
    operation = oldObject === undefined ? 'CREATE' : 'UPDATE',
    subresource = '',
    user = {},
    namespace = 'default',
  } = asked;
  const gvk = gvkOf(object);
  const workload = workloadOfKind(gvk.group, gvk.kind);
  const namespaced = workload !== undefined || isNamespaced(gvk.group, gvk.kind);
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const old = (oldObject as JsonObject | undefined) ?? (operation === 'DELETE' ? object : null);
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'test',
      kind: { ...gvk },
      resource: { group: gvk.group, version: gvk.version, resource: workload?.resource ?? guessResource(gvk.kind) },
      subResource: subresource,
      name: text(metadata['name']),
      namespace: text(metadata['namespace']) || (namespaced || asked.namespace !== undefined ? namespace : ''),
      operation,
      userInfo: { username: user.username ?? '', groups: user.groups ?? [] },
      object: operation === 'DELETE' ? null : asStored(object, workload),
      oldObject: old === null ? null : asStored(old, workload),
      dryRun: false,
    },
  };
}

/** The object with what the API server fills in before it asks. */
function asStored(object: JsonObject, workload: Workload | undefined): Json {
  if (workload === undefined) return object;
  const filled = podSources(object, workload).flatMap((source) => {
    const spec = 'spec' in source ? source.spec : null;
    const volumes = isObject(spec) && Array.isArray(spec['volumes']) ? spec['volumes'] : [];
    return volumes.flatMap((volume, index) => {
      const value = defaultVolume(volume);
      return value === volume ? [] : [{ path: `${source.path}.volumes[${index}]`, cure: { set: value, class: 'safe' as const } }];
    });
  });
  return filled.length === 0 ? object : applyCures(object, filled);
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

import type { Operation, Subject } from '../../engine/subject.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { subjectOf } from '../test/request.ts';

const operations: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE'];

/**
 * The subject of an AdmissionReview that somebody wrote by hand, as suites of Gatekeeper hold them: it tells the operation and the objects, and
 * nothing that only the API server knows. Null of any other.
 */
export function writtenReview(value: Json, namespace: string): Subject | null {
  const request = isObject(value) && isObject(value['request']) ? value['request'] : {};
  if (['uid', 'kind', 'resource'].some((key) => request[key] != null)) return null;
  const operation = operations.find((known) => known === request['operation']);
  const oldObject = isObject(request['oldObject']) ? request['oldObject'] : undefined;
  const object = operation === 'DELETE' ? oldObject : request['object'];
  if (operation === undefined || !isObject(object) || object['kind'] == null) return null;
  return subjectOf({ operation, namespace, ...(oldObject && { oldObject }) }, object);
}

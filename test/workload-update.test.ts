import { expect, test } from '@jest/globals';
import { fromReview } from '../src/engine/from-review.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';

const pod = { containers: [{ name: 'app', image: 'app:1', securityContext: { privileged: true } }] };
const deployment = (spec: Json, { metadata = {}, replicas = 1 }: { metadata?: JsonObject; replicas?: number } = {}) => ({
  metadata: { name: 'web', ...metadata },
  spec: { replicas, template: { metadata: { labels: { app: 'web' } }, spec } },
});
const deep = (): Json => JSON.parse(`${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`) as Json;

/** How many pods of an update are judged. */
function judged(object: Json, oldObject: Json): number {
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' };
  const request = { resource, subResource: '', operation: 'UPDATE', namespace: 'shop', name: 'web', object, oldObject, dryRun: false };
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
  return fromReview({ ...request, uid: 'u', kind, userInfo: { username: 'ann', groups: [] } } as never).pods.length;
}

test.each<[string, number, Json, Json]>([
  [
    'an update that changes labels of the workload is not judged',
    0,
    deployment(pod, { metadata: { labels: { a: 'b' } } }),
    deployment(pod),
  ],
  ['an update that takes off a finalizer is not judged', 0, deployment(pod), deployment(pod, { metadata: { finalizers: ['x/y'] } })],
  ['an update that scales is not judged', 0, deployment(pod, { replicas: 5 }), deployment(pod)],
  ['an update whose template has other keys first is not judged', 0, deployment(pod), deployment(JSON.parse(reversed(pod)) as Json)],
  ['an update of an image is judged', 1, deployment({ containers: [{ ...pod.containers[0], image: 'app:2' }] }), deployment(pod)],
  ['an update of one field of the pod is judged', 1, deployment({ ...pod, hostPID: true }), deployment(pod)],
  ['an update of a workload without an old object is judged', 1, deployment(pod), null],
  ['an update that cannot be read, and could not before, is judged', 1, deployment('x'), deployment('x')],
  ['an update with containers that are none, as before, is judged', 1, deployment({ containers: 'x' }), deployment({ containers: 'x' })],
  ['an update from nothing to nothing is judged', 1, null, null],
  ['an update too deep to compare is judged', 1, deployment({ ...pod, x: deep() }), deployment({ ...pod, x: deep() })],
])('%s', (_, pods, object, oldObject) => {
  expect(judged(object, oldObject)).toBe(pods);
});

function reversed(value: JsonObject): string {
  return JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held) ? Object.fromEntries(Object.entries(held).toReversed()) : held,
  );
}

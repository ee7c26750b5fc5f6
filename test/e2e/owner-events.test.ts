import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/kube/json.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { manifest } from '../support/manifests.ts';
import { until } from '../support/until.ts';
import { webhookClient } from '../support/webhook-client.ts';
import type { WebhookClient } from '../support/webhook-client.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'registry.example.com/web:1' }] } };
const workload = (kind: string, name: string, owner?: JsonObject): JsonObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, ...(owner && { ownerReferences: [owner] }) },
  spec: { replicas: 1, selector: { matchLabels: labels }, template },
});

/** The API server proves to the webhook who it is, so what a request says may leave the server again. */
describeEndToEnd('owners of pods that are refused, where the API server shows a certificate', () => {
  let client: WebhookClient;
  let plane: ControlPlane;
  let sallyport: Installation;
  beforeAll(async () => {
    client = webhookClient('kube-apiserver');
    plane = await startControlPlane({ apiServerFlags: client.apiServerFlags });
    const set = ['mode=Audit', 'packs={restricted}', 'drainDelaySeconds=0'];
    const certified = ['tls.client.configMapName=apiserver', 'tls.client.commonName=kube-apiserver'];
    sallyport = await install(plane, { set: [...set, ...certified], clientCa: client.authority });
    await sallyport.start();
    await sallyport.untilRegistered('Ignore');
  });
  afterAll(async () => {
    await sallyport?.stop();
    await plane?.stop();
    client?.remove();
  });

  const create = async (object: JsonObject): Promise<JsonObject> => {
    const { uid } = (JSON.parse(await plane.must(['create', '-o', 'json', '-f', '-'], { input: JSON.stringify(object) })) as JsonObject)['metadata'] as JsonObject; // prettier-ignore
    const { apiVersion = '', kind = '' } = object;
    return { apiVersion, kind, name: (object['metadata'] as JsonObject)['name'] ?? '', uid: uid ?? '', controller: true };
  };
  const refused = async (name: string, owner: JsonObject, ...flags: string[]): Promise<string> => {
    const pod = structuredClone(manifest('bad-pod.yaml', name)) as JsonObject & { metadata: JsonObject };
    pod.metadata['ownerReferences'] = [owner];
    return (await plane.kubectl(['create', '-f', '-', ...flags], { input: JSON.stringify(pod) })).stderr;
  };
  const told = async (name: string) => {
    const { items } = JSON.parse(await plane.must(['get', 'events', '-o', 'json', '--field-selector', `involvedObject.name=${name}`])) as { items: JsonObject[] }; // prettier-ignore
    return items.map(({ reason, type, involvedObject, message }) => ({
      reason,
      type,
      kind: (involvedObject as JsonObject)['kind'],
      message,
    }));
  };

  test('a Deployment is told of pods of its ReplicaSet, once, and by no dry run', async () => {
    const deployment = await create(workload('Deployment', 'web'));
    const replicaSet = await create(workload('ReplicaSet', 'web-1', deployment));
    const alone = await create(workload('ReplicaSet', 'alone'));
    await sallyport.upgrade('mode=Enforce');
    await sallyport.restart();
    expect(await refused('dry', alone, '--dry-run=server')).toContain('denied the request');
    const message = await refused('web-1-a', replicaSet);
    await refused('web-1-b', replicaSet);
    await until('told', async () => (await told('web')).length > 0);
    await sleep(4_000);
    const [, first = ''] = /denied the request: (.*)/.exec(message) ?? [];
    expect(await told('web')).toEqual([
      { reason: 'PodRefused', type: 'Warning', kind: 'Deployment', message: `a pod was refused: ${first}` },
    ]);
    expect([await told('web-1'), await told('alone')]).toEqual([[], []]);
    const log = sallyport.replicas.flatMap((replica) => replica.log);
    expect(log.filter(({ msg }) => msg === 'an event cannot be written')).toEqual([]);
  });
});

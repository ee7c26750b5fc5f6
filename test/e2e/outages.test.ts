import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../src/cluster/client.ts';
import type { Client } from '../../src/cluster/client.ts';
import type { JsonObject } from '../../src/kube/json.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { manifest } from '../support/manifests.ts';
import { startReplica } from '../support/replica.ts';
import type { Replica } from '../support/replica.ts';
import { until } from '../support/until.ts';
import { post, review } from '../support/webhook.ts';

const good = manifest('good-pod.yaml', 'good');
const bad = manifest('bad-pod.yaml', 'bad');
const configuration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport';

describeEndToEnd('servers and control plane come and go', () => {
  let plane: ControlPlane;
  let admin: Client;
  let sallyport: Installation;
  let leader: Replica;
  let second: Replica;
  let authority: string;
  beforeAll(async () => {
    plane = await startControlPlane();
    admin = connect({ kubeconfig: plane.kubeconfig, env: {} });
    sallyport = await install(plane, { set: ['mode=Enforce', 'drainDelaySeconds=0'] });
    await sallyport.restart();
    [leader] = sallyport.replicas as [Replica];
    second = await sallyport.start();
    const { body } = await admin.request('GET', '/api/v1/namespaces/guard/secrets/sallyport-tls');
    authority = Buffer.from((body as { data: Record<string, string> }).data['ca.crt'] ?? '', 'base64').toString();
  });
  afterAll(async () => {
    await sallyport?.stop();
    await admin?.close();
    await plane?.stop();
  });

  /** Status of creating it as a dry run. */
  const create = async (object: JsonObject, namespace = 'default', path = `/api/v1/namespaces/${namespace}/pods`) =>
    (await admin.request('POST', `${path}?dryRun=All`, object)).status;
  const verdicts = async () => [await create(good), await create(bad)];
  const judging = () => until('judging through the API server', async () => String(await verdicts()) === '201,403');
  /** What a server says to whoever asks it past the API server. */
  const ask = async (replica: Replica, object: JsonObject) => {
    const { text } = await post(replica.port, review({ object }), { ca: authority });
    return (JSON.parse(text) as { response: { allowed: boolean } }).response.allowed;
  };

  test('both replicas judge, and one of them leads', async () => {
    expect(await verdicts()).toEqual([201, 403]);
    for (const replica of [leader, second]) expect([await ask(replica, good), await ask(replica, bad)]).toEqual([true, false]);
    expect([leader.logged(/^leading/), second.logged(/^leading/)]).toEqual([1, 0]);
  });

  test('what somebody changes in the registration is repaired', async () => {
    const before = await sallyport.webhooks();
    const patch = [
      { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' },
      { op: 'remove', path: '/webhooks/0/rules/0' },
      { op: 'remove', path: '/webhooks/0/matchConditions' },
    ];
    await plane.must(['patch', '--type=json', 'validatingwebhookconfiguration', 'sallyport', '-p', JSON.stringify(patch)]);
    await until('repaired', async () => JSON.stringify(await sallyport.webhooks()) === JSON.stringify(before));
    expect(await until('it is counted', () => events(leader, 'repaired'))).toBe(1);
  });

  test('break-glass: a registration that was deleted stays away, until the chart brings it back', async () => {
    await plane.must(['delete', 'validatingwebhookconfiguration', 'sallyport']);
    await until('all is let in', async () => String(await verdicts()) === '201,201');
    await until('the leader has seen it', async () => (await events(leader, 'missing')) === 1);
    // Longer than the time between two looks.
    await sleep(6000);
    expect([await sallyport.registered(), await verdicts()]).toEqual([null, [201, 201]]);
    await sallyport.upgrade();
    await sallyport.untilRegistered('Fail');
    await judging();
  });

  test('when the leader is killed, the other one judges alone and takes over; the registration stays', async () => {
    const before = await sallyport.webhooks();
    await leader.end('SIGKILL');
    await judging();
    await until('the second leads', () => second.logged(/^leading/) === 1);
    await judging();
    expect(await sallyport.webhooks()).toEqual(before);
  });

  test('while the API server is away, the server stays ready and steps down, and a new one waits; then it leads and is asked again', async () => {
    const args = await sallyport.arguments();
    await plane.stopApiServer();
    const [patient, ended] = [await startReplica(args), await startReplica(args)];
    await until('it has stepped down', () => second.logged(/^no longer leading/) === 1);
    expect([await second.ready(), await ask(second, good), await ask(second, bad)]).toEqual([true, true, false]);
    expect([await patient.ready(), await ended.end('SIGTERM')]).toEqual([false, 0]);
    await plane.startApiServer();
    await until('who had to wait for the certificate is ready', () => patient.ready());
    expect(await patient.end('SIGTERM')).toBe(0);
    await judging();
    await until('it leads again', () => second.logged(/^leading/) === 2);
    const { body } = await admin.request('GET', configuration);
    expect(body).toMatchObject({ webhooks: [{ failurePolicy: 'Fail' }, { failurePolicy: 'Ignore' }] });
  });

  test('while etcd is away, the server stays ready and judges; then all goes on', async () => {
    await plane.stopEtcd();
    await until('a round has failed', async () => (await events(second, 'trouble')) > 0);
    expect([await second.ready(), await ask(second, good), await ask(second, bad)]).toEqual([true, true, false]);
    await plane.startEtcd();
    await judging();
    const looks = await events(second, 'in-step');
    await until('it keeps the registration again', async () => (await events(second, 'in-step')) > looks);
  });

  test('while no server answers, what is enforced is refused, and the rest of the cluster goes on', async () => {
    await second.end('SIGKILL');
    await until('nobody answers', async () => (await create(good)) === 500);
    const { body } = await admin.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', good);
    expect(body).toMatchObject({ message: expect.stringContaining('failed calling webhook "guardrails.sallyport.dev"') });
    const metadata = { name: 'probe' };
    const involvedObject = { kind: 'Pod', namespace: 'default', name: 'web' };
    const inDefault = '/api/v1/namespaces/default';
    const statuses = {
      'pod in kube-system': await create(bad, 'kube-system'),
      'pod in kube-node-lease': await create(bad, 'kube-node-lease'),
      'pod in the release namespace': await create(bad, 'guard'),
      lease: await create({ metadata }, '', '/apis/coordination.k8s.io/v1/namespaces/default/leases'),
      node: await create({ metadata }, '', '/api/v1/nodes'),
      event: await create({ metadata, involvedObject }, '', `${inDefault}/events`),
      endpoints: await create({ metadata }, '', `${inDefault}/endpoints`),
      configMap: await create({ metadata }, '', `${inDefault}/configmaps`),
      namespace: await create({ metadata }, '', '/api/v1/namespaces'),
      token: await create({ spec: { audiences: [] } }, '', '/api/v1/namespaces/guard/serviceaccounts/sallyport/token'),
    };
    expect(Object.entries(statuses).filter(([, status]) => status !== 201)).toEqual([]);
  });

  test('all recovers when a server is back', async () => {
    await sallyport.start();
    await judging();
    expect(await verdicts()).toEqual([201, 403]);
  });
});

/** How many looks of a server at the registration had this outcome. */
const events = async (replica: Replica, event: string): Promise<number> =>
  (await replica.metrics())[`sallyport_registration_events_total{event="${event}"}`] ?? 0;

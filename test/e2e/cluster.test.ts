import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../src/cluster/client.ts';
import type { Client } from '../../src/cluster/client.ts';
import { systemClock } from '../../src/cluster/clock.ts';
import { ClusterError } from '../../src/cluster/error.ts';
import { elect } from '../../src/cluster/lease.ts';
import { fingerprint } from '../../src/cluster/registration-fit.ts';
import { keepRegistration, removeCreated } from '../../src/cluster/registration.ts';
import type { RegistrationEvent, RegistrationOptions } from '../../src/cluster/registration.ts';
import { tlsSecret } from '../../src/cluster/tls-secret.ts';
import type { Json, JsonObject } from '../../src/kube/json.ts';
import { webhookEntries } from '../../src/policy/registration.ts';
import type { RegistrationWanted } from '../../src/policy/registration.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';

const times = { leaseDuration: 2000, renewDeadline: 1300, retryPeriod: 300 };
const configuration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport';
const leasePath = '/apis/coordination.k8s.io/v1/namespaces/sallyport/leases/sallyport';
const pem = Buffer.from('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n').toString('base64');

/** A P-256 key's, for CN=probe. */
const certificateRequest = Buffer.from(
  `-----BEGIN CERTIFICATE REQUEST-----
MIHLMHICAQAwEDEOMAwGA1UEAwwFcHJvYmUwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAAQ24w4A6DcXAeZO2TQHJ5cXcg5W+4rEguBvvLjuHyHeXJxymVha5XtR+ACB
4H4Ek3/X3EBp3WFWOs73eECOeO3foAAwCgYIKoZIzj0EAwIDSQAwRgIhAJ4NDRUN
0xpCtVSat83ifh/sSZc8wED40MpHaOV52qDcAiEAkL9llBv1vGzr8jaqQjSEmuLN
5CWWUZ1zVtA0dQ3ILQs=
-----END CERTIFICATE REQUEST-----
`,
).toString('base64');

/** What the chart ships: empty objects, and the right to read and update these alone. */
const shipped = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'sallyport' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sallyport', namespace: 'sallyport' } },
  { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'sallyport', namespace: 'sallyport', labels: { chart: 'x' } } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls', namespace: 'sallyport', labels: { chart: 'x' } } },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'sallyport', labels: { chart: 'x' } },
  },
  ...role('Role', [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['sallyport'], verbs: ['get', 'update'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['tls'], verbs: ['get', 'update'] },
  ]),
  ...role('ClusterRole', [
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['validatingwebhookconfigurations'],
      resourceNames: ['sallyport'],
      verbs: ['get', 'update'],
    },
    { apiGroups: [''], resources: ['namespaces'], resourceNames: ['sallyport'], verbs: ['get'] },
  ]),
];

function role(kind: 'Role' | 'ClusterRole', rules: JsonObject[]) {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: 'sallyport', ...(kind === 'Role' ? { namespace: 'sallyport' } : {}) };
  const subjects = [{ kind: 'ServiceAccount', name: 'sallyport', namespace: 'sallyport' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'sallyport' };
  return [
    { apiVersion, kind, metadata, rules },
    { apiVersion, kind: `${kind}Binding`, metadata, subjects, roleRef },
  ];
}

async function until(what: string, holds: () => boolean | Promise<boolean>, milliseconds = 10_000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await sleep(20);
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof ClusterError ? error.code : error),
  );

const wanted = (over: Partial<RegistrationWanted> = {}) =>
  webhookEntries({
    guardrails: [{ name: 'restricted', enforce: true, failureMode: 'Fail' }],
    client: { url: 'https://127.0.0.1:1/validate' },
    caBundle: pem,
    excludeNamespaces: ['kube-system'],
    ...over,
  });

describeEndToEnd('cluster', () => {
  let plane: ControlPlane;
  let admin: Client;
  let pod: Client;
  let running: { readonly stop: AbortController; readonly done: Promise<void> }[] = [];

  beforeAll(async () => {
    plane = await startControlPlane();
    await plane.must(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: shipped }) });
    admin = connect({ kubeconfig: plane.kubeconfig, env: {} });
    pod = connect({ kubeconfig: plane.kubeconfigFor('pod', await plane.token('sallyport', 'sallyport')), env: {} });
  });
  afterEach(async () => {
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ done }) => done));
    running = [];
  });
  afterAll(async () => {
    await Promise.all([admin?.close(), pod?.close()]);
    await plane?.stop();
  });

  /** A candidate that can be cut off from the API server, as a host that has died is. */
  function candidate(identity: string, { create = false, client = pod } = {}) {
    const stop = new AbortController();
    const troubles: unknown[] = [];
    const state = { leads: false, terms: 0, cut: false, troubles, stop: () => stop.abort(), done: Promise.resolve() };
    const wire: Client = {
      ...client,
      request: (...args) => (state.cut ? Promise.reject(new ClusterError('unreachable', 'cut')) : client.request(...args)),
    };
    const onStarted = async (signal: AbortSignal) => {
      state.leads = true;
      state.terms += 1;
      await systemClock.sleep(1e9, signal);
      state.leads = false;
    };
    const election = {
      namespace: 'sallyport',
      name: 'sallyport',
      identity,
      create,
      times,
      onStarted,
      onTrouble: (error: unknown) => troubles.push(error),
    };
    state.done = elect(wire, systemClock, election, stop.signal);
    running.push({ stop, done: state.done });
    return state;
  }

  function registration(
    wanted: RegistrationOptions['wanted'],
    { create = false, client = pod, owner = 'sallyport', name = 'sallyport' }: Partial<RegistrationOptions> & { client?: Client } = {},
  ) {
    const stop = new AbortController();
    const events: RegistrationEvent[] = [];
    const options = { name, create, owner, wanted, interval: 200, onEvent: (event: RegistrationEvent) => events.push(event) };
    const kept = keepRegistration(client, systemClock, options, stop.signal);
    running.push({ stop, done: kept.done });
    const count = (type: RegistrationEvent['type']) => events.filter((event) => event.type === type).length;
    return { ...kept, count, events };
  }

  const get = async (path: string) => (await admin.request('GET', path)).body as JsonObject & { metadata: JsonObject; webhooks: Json[] };
  const edit = (path: string, body: Json) => admin.request('PATCH', path, body, { contentType: 'application/merge-patch+json' });

  test('a ServiceAccount token that is replaced on disk is taken up at once', async () => {
    const root = join(plane.dir, 'root');
    const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(folder, { recursive: true });
    copyFileSync(plane.caFile, join(folder, 'ca.crt'));
    writeFileSync(join(folder, 'token'), 'expired\n');
    const { hostname, port } = new URL(plane.url);
    const client = connect({ env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }, root });
    const statuses = [(await client.request('GET', leasePath)).status];
    writeFileSync(join(folder, 'token'), `${await plane.token('sallyport', 'sallyport')}\n`);
    statuses.push((await client.request('GET', leasePath)).status);
    await client.close();
    expect(statuses).toEqual([401, 200]);
  });

  test('an API server that another authority signed is not trusted', async () => {
    const { hostname, port } = new URL(plane.url);
    const other = join(plane.dir, 'other.kubeconfig');
    const cluster = { server: `https://${hostname}:${port}` };
    writeFileSync(
      other,
      JSON.stringify({
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user: { token: 'x' } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'c',
      }),
    );
    const client = connect({ kubeconfig: other, env: {} });
    expect(await codeOf(client.request('GET', leasePath))).toBe('untrusted');
    await client.close();
  });

  test('the shipped rights suffice and no more is granted', async () => {
    const answers = await Promise.all([
      pod.request('GET', '/api/v1/namespaces/sallyport/secrets/other'),
      pod.request('GET', '/api/v1/namespaces/sallyport/secrets'),
      pod.request('DELETE', configuration),
      pod.request('POST', leasePath.replace(/\/sallyport$/, ''), { metadata: { name: 'other' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });

  test('one of two candidates leads; on shutdown it gives the lease back and the other leads without waiting for it to run out', async () => {
    const first = candidate('first');
    await until('first leads', () => first.leads);
    const second = candidate('second');
    await sleep(times.leaseDuration + 2 * times.retryPeriod);
    expect([first.leads, second.leads, first.terms]).toEqual([true, false, 1]);
    const lease = await get(leasePath);
    expect(lease['spec']).toMatchObject({ holderIdentity: 'first', leaseDurationSeconds: 2, leaseTransitions: 1 });
    expect(lease.metadata['labels']).toEqual({ chart: 'x' });
    first.stop();
    await first.done;
    const released = performance.now();
    await until('second leads', () => second.leads);
    expect([...first.troubles, ...second.troubles]).toEqual([]);
    expect(performance.now() - released).toBeLessThan(times.leaseDuration - 500);
  });

  test('when the leader dies, the other leads within the lease duration and one retry', async () => {
    const first = candidate('crash-first');
    await until('first leads', () => first.leads);
    const second = candidate('crash-second');
    await sleep(2 * times.retryPeriod);
    first.cut = true;
    const died = performance.now();
    let overlap = false;
    await until('second leads', () => {
      overlap ||= first.leads && second.leads;
      return second.leads;
    });
    const took = performance.now() - died;
    expect(took).toBeLessThan(times.leaseDuration + times.retryPeriod + 700);
    expect(took).toBeGreaterThan(times.renewDeadline);
    expect([overlap, first.leads]).toEqual([false, false]);
  });

  test('the API server is killed: nobody leads until it is back, then exactly one does', async () => {
    const both = [candidate('restart-first'), candidate('restart-second')];
    await until('one leads', () => both.some(({ leads }) => leads));
    await plane.stopApiServer();
    expect(await codeOf(pod.request('GET', leasePath))).toBe('unreachable');
    await until('nobody leads', () => both.every(({ leads }) => !leads), times.renewDeadline + 1000);
    await plane.startApiServer();
    await until('one leads', () => both.some(({ leads }) => leads));
    expect(both.filter(({ leads }) => leads)).toHaveLength(1);
  });

  test('an absent lease is trouble in a cluster, and made where that is asked for', async () => {
    await admin.request('DELETE', leasePath);
    const shippedOnly = candidate('a', { client: admin });
    await until('trouble', () => shippedOnly.troubles.length > 0);
    expect([shippedOnly.leads, (shippedOnly.troubles[0] as ClusterError).code]).toEqual([false, 'not-found']);
    const laptop = candidate('b', { create: true, client: admin });
    await until('laptop leads', () => laptop.leads);
  });

  test('the registration is filled in once, stands exactly as written out, and belongs to the namespace', async () => {
    const kept = registration(wanted);
    await until('three looks', () => kept.count('in-step') >= 3);
    const { metadata, webhooks } = await get(configuration);
    expect([kept.count('written'), kept.count('repaired'), kept.count('trouble')]).toEqual([1, 0, 0]);
    expect(fingerprint(webhooks, true)).toBe(fingerprint(wanted() as unknown as Json[], true));
    const namespace = await get('/api/v1/namespaces/sallyport');
    expect(metadata['ownerReferences']).toEqual([
      { apiVersion: 'v1', kind: 'Namespace', name: 'sallyport', uid: namespace.metadata['uid'] },
    ]);
    expect([metadata['labels'], metadata['generation']]).toEqual([{ chart: 'x' }, 2]);
  });

  test('a hand edit is repaired and counted; a new wish is written at once', async () => {
    let entries = wanted();
    const kept = registration(() => entries);
    await until('in step', () => kept.count('in-step') > 0);
    await edit(configuration, { webhooks: [] });
    await until('repaired', () => kept.count('repaired') === 1);
    await edit(configuration, { metadata: { ownerReferences: null } });
    await until('owned', async () => (await get(configuration)).metadata['ownerReferences'] !== undefined);
    entries = wanted({ guardrails: [{ name: 'restricted', enforce: false, failureMode: 'Fail' }] });
    kept.kick();
    await until('new wish', async () => JSON.stringify((await get(configuration)).webhooks).includes('"Ignore"'));
    entries = [];
    kept.kick();
    await until('no entries', async () => (await get(configuration)).webhooks === undefined);
    expect([kept.count('repaired'), kept.count('trouble')]).toEqual([1, 0]);
  });

  test('an injected bundle is left alone', async () => {
    const kept = registration(() => wanted({ caBundle: null }));
    await until('in step', () => kept.count('in-step') > 0);
    const { webhooks } = await get(configuration);
    const injected = Buffer.from('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n').toString('base64');
    const [entry] = webhooks as [JsonObject & { clientConfig: JsonObject }];
    const answer = await edit(configuration, { webhooks: [{ ...entry, clientConfig: { ...entry.clientConfig, caBundle: injected } }] });
    const looks = kept.count('in-step');
    await until('two more looks', () => kept.count('in-step') > looks + 1);
    const after = await get(configuration);
    expect([answer.status, kept.count('repaired'), kept.count('trouble')]).toEqual([200, 0, 0]);
    expect(JSON.stringify(after.webhooks)).toContain(injected);
  });

  test('an owner that may not be read is told, and keeps nothing from being written', async () => {
    const kept = registration(() => wanted({ excludeNamespaces: [] }), { owner: 'default' });
    await until('in step', () => kept.count('in-step') > 0);
    const [trouble] = kept.events.flatMap((event) => (event.type === 'trouble' ? [event.error] : []));
    expect([kept.count('written'), (trouble as ClusterError).code]).toEqual([1, 'forbidden']);
  });

  test('what is not ready or was removed is not written', async () => {
    const kept = registration(() => null);
    await admin.request('DELETE', configuration);
    const after = registration(wanted);
    await until('missing', () => after.count('missing') === 1);
    await sleep(500);
    expect([kept.events, after.count('missing'), after.events.length]).toEqual([[], 1, 1]);
    expect((await admin.request('GET', configuration)).status).toBe(404);
  });

  test('on a laptop it is made where absent, removed at exit, and one of the chart stays', async () => {
    const kept = registration(wanted, { create: true, client: admin, owner: null, name: 'laptop' });
    await until('in step', () => kept.count('in-step') > 0);
    expect(await removeCreated(admin, 'laptop')).toBe('removed');
    await until('missing', () => kept.count('missing') === 1);
    await plane.must(['apply', '-f', '-'], { input: JSON.stringify(shipped[4]) });
    expect(await removeCreated(admin, 'sallyport')).toBe('not-ours');
    expect(await removeCreated(admin, 'nothing')).toBe('not-ours');
    expect((await get(configuration)).metadata['name']).toBe('sallyport');
  });

  test('two writers of the Secret: one writes, the other is told; labels and type stay', async () => {
    const options = { namespace: 'sallyport', name: 'tls', create: false };
    const [one, other] = [tlsSecret(pod, options), tlsSecret(pod, options)];
    const [seen, seenByOther] = [await one.read(), await other.read()];
    expect(seen.data).toEqual({});
    expect(await one.write({ 'tls.crt': pem }, seen.resourceVersion)).toBe('written');
    expect(await other.write({ 'tls.crt': 'eA==' }, seenByOther.resourceVersion)).toBe('conflict');
    expect((await other.read()).data).toEqual({ 'tls.crt': pem });
    const secret = await get('/api/v1/namespaces/sallyport/secrets/tls');
    expect([secret.metadata['labels'], secret['type']]).toEqual([{ chart: 'x' }, 'Opaque']);
    expect(await codeOf(tlsSecret(admin, { ...options, name: 'absent' }).read())).toBe('not-found');
    const made = tlsSecret(admin, { ...options, name: 'absent', create: true });
    expect(await made.write({ k: 'eA==' }, (await made.read()).resourceVersion)).toBe('written');
  });

  test('with every resource in the Fail entry and the server dead, the cluster stays alive', async () => {
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*/*'], scope: '*' as const }];
    await admin.request('DELETE', configuration);
    const kept = registration(() => wanted().map((entry) => ({ ...entry, rules })), { create: true, client: admin, owner: null });
    await until('in step', () => kept.count('in-step') > 0);
    const make = async (path: string, body: JsonObject) => (await admin.request('POST', path, body)).status;
    const metadata = { name: 'probe' };
    await until('refused', async () => (await make('/api/v1/namespaces/default/configmaps', { metadata })) === 500);
    const inNamespace = '/api/v1/namespaces/default';
    const statuses: Record<string, number> = {
      lease: await make('/apis/coordination.k8s.io/v1/namespaces/default/leases', { metadata }),
      node: await make('/api/v1/nodes', { metadata }),
      event: await make(`${inNamespace}/events`, { metadata, involvedObject: { kind: 'Pod', namespace: 'default', name: 'x' } }),
      endpoints: await make(`${inNamespace}/endpoints`, { metadata }),
      endpointSlice: await make('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
        metadata,
        addressType: 'IPv4',
        endpoints: [],
      }),
      tokenReview: await make('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }),
      accessReview: await make('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        spec: { nonResourceAttributes: { path: '/', verb: 'get' } },
      }),
      token: await make('/api/v1/namespaces/sallyport/serviceaccounts/sallyport/token', { spec: { audiences: [] } }),
      signingRequest: await make('/apis/certificates.k8s.io/v1/certificatesigningrequests', {
        metadata,
        spec: { request: certificateRequest, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      }),
      nodeStatus: (await edit('/api/v1/nodes/probe/status', { status: { phase: 'Running' } })).status,
      namespaceStatus: (await edit(`${inNamespace}/status`, { status: { conditions: [] } })).status,
      inKubeSystem: await make('/api/v1/namespaces/kube-system/configmaps', { metadata }),
    };
    expect(Object.entries(statuses).filter(([, status]) => status >= 300)).toEqual([]);
    // The registration itself is out of reach of every webhook, so it can always be taken away.
    expect(await removeCreated(admin, 'sallyport')).toBe('removed');
  });
});

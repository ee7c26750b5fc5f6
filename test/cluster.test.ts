import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { connect } from '../src/cluster/client.ts';
import type { Answer, Client } from '../src/cluster/client.ts';
import type { Clock } from '../src/cluster/clock.ts';
import { ClusterError } from '../src/cluster/error.ts';
import { elect } from '../src/cluster/lease.ts';
import { keepRegistration } from '../src/cluster/registration.ts';
import { fingerprint, fitEntries, fitOwners } from '../src/cluster/registration-fit.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { webhookEntries } from '../src/policy/registration.ts';

const failure = async (attempt: () => unknown): Promise<ClusterError> => {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof ClusterError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('client', () => {
  const secret = 'very-secret-token';
  const folder = mkdtempSync(join(tmpdir(), 'cluster-test-'));
  let url = '';
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => answer(request, response));
  const clients: Client[] = [];

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  function kubeconfig(user: JsonObject, server = url): string {
    const file = join(folder, 'config');
    const clusters = [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }];
    const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
    writeFileSync(file, JSON.stringify({ clusters, contexts, users: [{ name: 'u', user }], 'current-context': 'x' }));
    return file;
  }
  function open(user: JsonObject = { token: secret }, server = url): Client {
    const client = connect({ kubeconfig: kubeconfig(user, server), env: {} });
    clients.push(client);
    return client;
  }

  test('sends body, content type and token below the path of the server, and reads the answer', async () => {
    let got: unknown;
    answer = (request, response) => {
      const { method, url, headers } = request;
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        got = { method, url, authorization: headers.authorization, type: headers['content-type'], body };
        response.writeHead(409, { 'content-type': 'application/json' }).end('{"kind":"Status"}');
      });
    };
    const result = await open({ token: secret }, `${url}/k8s/clusters/a/`).request(
      'PATCH',
      '/api/v1/x',
      { a: 1 },
      { contentType: 'application/merge-patch+json' },
    );
    expect(result).toEqual({ status: 409, body: { kind: 'Status' } });
    expect(got).toEqual({
      method: 'PATCH',
      url: '/k8s/clusters/a/api/v1/x',
      authorization: `Bearer ${secret}`,
      type: 'application/merge-patch+json',
      body: '{"a":1}',
    });
  });

  test('reads the token of a tokenFile, and reads it again when it is refused', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'old\n');
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(request.headers.authorization === 'Bearer new' ? 200 : 401).end('{}');
    };
    const client = open({ tokenFile: file });
    await client.request('GET', '/api');
    writeFileSync(file, 'new\n');
    expect((await client.request('GET', '/api')).status).toBe(200);
    expect(seen).toEqual(['Bearer old', 'Bearer old', 'Bearer old', 'Bearer new']);
  });

  test('requests share their connections', async () => {
    const ports = new Set<number | undefined>();
    answer = (request, response) => {
      ports.add(request.socket.remotePort);
      response.end('{}');
    };
    const client = open();
    for (let i = 0; i < 10; i += 1) await client.request('GET', '/api');
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  const abort = new AbortController();
  const faults: [string, string, () => unknown][] = [
    ['no kubeconfig and no pod', 'no-cluster', () => connect({ env: {} })],
    ['no such file', 'kubeconfig-unreadable', () => connect({ kubeconfig: join(folder, 'absent'), env: {} })],
    [
      'a file that is not YAML',
      'kubeconfig-unreadable',
      () => connect({ kubeconfig: broken(`users:\n- user: {token: ${secret}\n  name: "`), env: {} }),
    ],
    ['a file that is empty', 'kubeconfig-unreadable', () => connect({ kubeconfig: broken(''), env: {} })],
    [
      'a context that names no user',
      'kubeconfig-unreadable',
      () => connect({ kubeconfig: broken('{"clusters":[],"users":[],"contexts":[]}'), env: {} }),
    ],
    [
      'a pod without a mounted token',
      'credentials-unavailable',
      () => connect({ env: { KUBERNETES_SERVICE_HOST: '::1' }, root: folder }).request('GET', '/api'),
    ],
    [
      'an exec plugin that prints no JSON',
      'credentials-unavailable',
      () => open({ exec: { command: 'echo', args: [secret] } }).request('GET', '/'),
    ],
    ['a port that nobody listens on', 'unreachable', () => open({ token: secret }, 'http://127.0.0.1:1').request('GET', '/api')],
    ['plain HTTP behind https', 'unreachable', () => open({ token: secret }, url.replace('http:', 'https:')).request('GET', '/api')],
    ['a server that does not answer', 'timeout', () => (stall(), open().request('GET', '/api', undefined, { timeout: 50.5 }))],
    ['a server that stops in the middle', 'timeout', () => (stall('{"a":'), open().request('GET', '/api', undefined, { timeout: 200 }))],
    ['a server that hangs up in the middle', 'unreachable', () => (hangUp(), open().request('GET', '/api'))],
    [
      'a caller that gave up',
      'aborted',
      () => (stall(), abort.abort(), open().request('GET', '/api', undefined, { signal: abort.signal })),
    ],
    ['a login page', 'answer-unreadable', () => (say(`<html>${secret}</html>`), open().request('GET', '/api'))],
  ];
  const broken = (text: string) => {
    const file = join(folder, 'broken');
    writeFileSync(file, text);
    return file;
  };
  const stall = (text = '') => (answer = (_, response) => void (text === '' ? response : response.write(text)));
  const hangUp = () =>
    (answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setTimeout(() => response.destroy(), 20);
    });
  const say = (text: string) => (answer = (_, response) => response.end(text));

  test.each(faults)('%s is %s, says what to do and tells no secret', async (_, code, attempt) => {
    const error = await failure(attempt);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/.: [a-z]/);
    expect(inspect(error, { depth: 10 })).not.toContain(secret);
  });

  test('an error page of a proxy keeps its status', async () => {
    answer = (_, response) => response.writeHead(502).end('<html>');
    expect(await open().request('GET', '/api')).toEqual({ status: 502, body: null });
  });
});

const noStream = () => {
  throw new Error('nobody watches here');
};

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A clock whose hands only `pass` moves. */
function handClock(date: Date) {
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  let now = 0;
  const clock: Clock = {
    now: () => now,
    date: () => new Date(date.getTime() + now),
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const sleeper = { at: now + milliseconds, wake: () => (sleepers.delete(sleeper), resolve()) };
        sleepers.add(sleeper);
        signal.addEventListener('abort', sleeper.wake, { once: true });
      }),
  };
  const pass = async (milliseconds: number, every: () => void = () => undefined) => {
    const end = now + milliseconds;
    for (;;) {
      await settle();
      every();
      const next = [...sleepers].toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      now = Math.max(now, next.at);
      next.wake();
    }
    now = end;
  };
  return { clock, pass };
}

describe('lease', () => {
  type Fault = 'none' | 'lost' | 'answer lost' | 'slow' | 'hangs';

  /** One Lease in an API server that checks resourceVersion, and a wire to it for each candidate. */
  function world(date = new Date('2027-01-01T00:00:00Z')) {
    const time = handClock(date);
    const server = { lease: { metadata: { resourceVersion: '1' } } as JsonObject | null, calls: [] as string[] };
    const serve = (method: string, body: Json | undefined): Answer => {
      server.calls.push(method);
      if (server.lease === null && method !== 'POST') return { status: 404, body: null };
      if (method === 'GET') return { status: 200, body: server.lease };
      const { metadata } = body as { metadata: JsonObject };
      const current = server.lease?.['metadata'] as JsonObject | undefined;
      if (metadata['resourceVersion'] !== current?.['resourceVersion']) return { status: 409, body: null };
      const resourceVersion = String(Number(current?.['resourceVersion'] ?? 0) + 1);
      server.lease = structuredClone({ ...(body as JsonObject), metadata: { ...metadata, resourceVersion } });
      return { status: 200, body: server.lease };
    };
    const wire = (fault: () => Fault): Client => ({
      server: '',
      stream: noStream,
      close: () => Promise.resolve(),
      async request(method, _, body, options) {
        const trouble = fault();
        if (trouble === 'lost') throw new ClusterError('unreachable', 'lost');
        if (trouble === 'hangs') {
          await time.clock.sleep(options?.timeout ?? 10_000, options?.signal ?? new AbortController().signal);
          throw new ClusterError('timeout', 'hangs');
        }
        const answer = structuredClone(serve(method, body));
        if (trouble === 'slow') await time.clock.sleep(4_900, new AbortController().signal);
        if (trouble === 'answer lost') throw new ClusterError('unreachable', 'answer lost');
        return answer;
      },
    });
    const stops: AbortController[] = [];
    const stand = (
      identity: string,
      { create = false, skew = 0, work = (signal: AbortSignal) => time.clock.sleep(Infinity, signal) } = {},
    ) => {
      const stop = new AbortController();
      stops.push(stop);
      const state = {
        leads: false,
        fault: 'none' as Fault,
        troubles: [] as unknown[],
        terms: 0,
        stop: () => stop.abort(),
        signal: null as AbortSignal | null,
      };
      const clock = { ...time.clock, date: () => new Date(time.clock.date().getTime() + skew) };
      const onStarted = async (signal: AbortSignal) => {
        state.terms += 1;
        state.signal = signal;
        await work(signal);
      };
      const options = { namespace: 'n', name: 'l', identity, create, onStarted, onTrouble: (error: unknown) => state.troubles.push(error) };
      const done = elect(
        wire(() => state.fault),
        clock,
        options,
        stop.signal,
      );
      return Object.assign(state, { done, leading: () => state.signal?.aborted === false });
    };
    const end = async () => {
      for (const stop of stops) stop.abort();
      await time.pass(60_000);
    };
    const spec = () => (server.lease?.['spec'] ?? {}) as JsonObject;
    return { ...time, server, stand, spec, end };
  }

  test('an empty lease is taken at once and renewed every two seconds without reading it', async () => {
    const { stand, pass, server, spec, end } = world();
    const one = stand('one');
    await pass(0);
    expect(spec()).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2027-01-01T00:00:00.000000Z',
      renewTime: '2027-01-01T00:00:00.000000Z',
      leaseTransitions: 1,
    });
    await pass(20_000);
    expect([one.leading(), server.calls.join(' ')]).toEqual([true, `GET${' PUT'.repeat(11)}`]);
    expect(spec()).toMatchObject({ acquireTime: '2027-01-01T00:00:00.000000Z', renewTime: '2027-01-01T00:00:20.000000Z' });
    await end();
    expect(spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 });
  });

  test.each([-3_600_000, 0, 3_600_000])(
    'clocks %d ms apart change nothing: a live leader stays, a dead one is followed within 17 s',
    async (skew) => {
      const { stand, pass, clock, end } = world();
      const one = stand('one');
      await pass(0);
      const two = stand('two', { skew });
      await pass(60_000);
      expect([one.leading(), two.leading()]).toEqual([true, false]);
      one.fault = 'lost';
      const died = clock.now();
      let followed = 0;
      await pass(30_000, () => (followed ||= two.leading() ? clock.now() - died : 0));
      expect(followed).toBeGreaterThan(10_000);
      expect(followed).toBeLessThanOrEqual(17_000);
      await end();
    },
  );

  test.each<[string, Fault]>([
    ['are lost', 'lost'],
    ['hang', 'hangs'],
  ])('a leader whose requests %s steps down ten seconds after its last renewal', async (_, fault) => {
    const { stand, pass, end } = world();
    const one = stand('one');
    await pass(4_000);
    one.fault = fault;
    await pass(9_900);
    expect(one.leading()).toBe(true);
    await pass(200);
    expect(one.leading()).toBe(false);
    one.fault = 'none';
    await pass(10_000);
    expect([one.leading(), one.terms]).toEqual([true, 2]);
    await end();
  });

  test('a renewal counts from when it was sent, not from when it was answered', async () => {
    const { stand, pass, end } = world();
    const one = stand('one');
    await pass(4_000);
    one.fault = 'slow';
    await pass(3_000);
    one.fault = 'lost';
    await pass(8_900);
    expect(one.leading()).toBe(true);
    await pass(200);
    expect(one.leading()).toBe(false);
    await end();
  });

  test('a renewal whose answer is lost costs no leadership', async () => {
    const { stand, pass, end } = world();
    const one = stand('one');
    await pass(0);
    one.fault = 'answer lost';
    await pass(2_000);
    one.fault = 'none';
    await pass(60_000);
    expect([one.leading(), one.terms, one.troubles.length]).toEqual([true, 1, 1]);
    await end();
  });

  test('a lease that somebody else took, or that is gone, ends leadership at the next renewal', async () => {
    const { stand, pass, server, end } = world();
    const one = stand('one');
    await pass(0);
    server.lease = { metadata: { resourceVersion: '99' }, spec: { holderIdentity: 'thief', leaseDurationSeconds: 5 } };
    await pass(2_100);
    expect(one.leading()).toBe(false);
    await pass(10_000);
    expect([one.leading(), one.terms]).toEqual([true, 2]);
    server.lease = null;
    await pass(2_100);
    expect([one.leading(), (one.troubles.at(-1) as ClusterError).code]).toEqual([false, 'not-found']);
    await end();
  });

  test('an absent lease is made where that is asked for', async () => {
    const { stand, pass, server, spec, end } = world();
    server.lease = null;
    const one = stand('one', { create: true });
    await pass(0);
    expect([one.leading(), spec()['holderIdentity'], server.calls]).toEqual([true, 'one', ['GET', 'POST']]);
    await end();
  });

  test('the lease is given back only when the work has ended', async () => {
    const { stand, pass, spec, clock, end } = world();
    const never = new AbortController().signal;
    const one = stand('one', { work: (signal) => clock.sleep(Infinity, signal).then(() => clock.sleep(3_000, never)) });
    await pass(0);
    one.stop();
    await pass(2_900);
    expect(spec()['holderIdentity']).toBe('one');
    await pass(200);
    expect(spec()['holderIdentity']).toBe('');
    await one.done;
    await end();
  });

  test('work that fails is told, and begun again after a pause', async () => {
    const { stand, pass, end } = world();
    const one = stand('one', { work: () => Promise.reject(new Error('no')) });
    await pass(10_000);
    expect(one.terms).toBeGreaterThan(3);
    expect(one.terms).toBeLessThan(8);
    expect(one.troubles).toHaveLength(one.terms);
    await end();
  });

  test('whatever the network does, two never lead at once', async () => {
    const fault = fc.constantFrom<Fault>('none', 'none', 'lost', 'answer lost', 'slow', 'hangs');
    const steps = fc.array(fc.record({ who: fc.nat(2), fault, wait: fc.integer({ min: 1, max: 20_000 }) }), {
      minLength: 5,
      maxLength: 25,
    });
    let led = 0;
    const property = fc.asyncProperty(steps, async (moves) => {
      const { stand, pass, end } = world();
      const candidates = ['a', 'b', 'c'].map((identity) => stand(identity));
      let most = 0;
      const count = () => (most = Math.max(most, candidates.filter(({ leading }) => leading()).length));
      for (const { who, fault, wait } of moves) {
        const chosen = candidates[who];
        if (chosen) chosen.fault = fault;
        await pass(wait, count);
      }
      await end();
      led += candidates.reduce((sum, { terms }) => sum + terms, 0);
      expect(most).toBeLessThanOrEqual(1);
    });
    await fc.assert(property, { numRuns: 40 });
    expect(led).toBeGreaterThan(40);
  });
});

const guardrail = (enforce: boolean, failureMode: 'Fail' | 'Ignore') => ({ name: `${enforce}-${failureMode}`, enforce, failureMode });

const entry = (name: string, caBundle?: string): JsonObject => ({
  name,
  clientConfig: { url: 'u', ...(caBundle === undefined ? {} : { caBundle }) },
});

describe('registration', () => {
  const wanted = (over: Partial<Parameters<typeof webhookEntries>[0]> = {}) =>
    webhookEntries({
      guardrails: [guardrail(true, 'Fail')],
      client: { url: 'https://h/validate' },
      caBundle: 'eA==',
      excludeNamespaces: ['b', 'a'],
      ...over,
    });

  const rows: [string, ReturnType<typeof guardrail>[], string[]][] = [
    ['no guardrails', [], []],
    ['one in Enforce that must not be passed by', [guardrail(true, 'Fail')], ['guardrails.sallyport.dev Fail']],
    ['one in Enforce that may be passed by', [guardrail(true, 'Ignore')], ['advice.sallyport.dev Ignore']],
    ['one that only warns', [guardrail(false, 'Fail')], ['advice.sallyport.dev Ignore']],
    [
      'one that warns and must not be passed by beside one in Enforce that may',
      [guardrail(false, 'Fail'), guardrail(true, 'Ignore')],
      ['advice.sallyport.dev Ignore'],
    ],
    ['one of two must not be passed by', [guardrail(false, 'Ignore'), guardrail(true, 'Fail')], ['guardrails.sallyport.dev Fail']],
  ];
  test.each(rows)('%s', (_, guardrails, expected) => {
    expect(wanted({ guardrails }).map(({ name, failurePolicy }) => `${name} ${failurePolicy}`)).toEqual(expected);
  });

  test('a cluster that refuses the owner reference gets the entries without it, and is not asked again', async () => {
    const held: JsonObject = { metadata: { name: 'sallyport', resourceVersion: '1' } };
    const puts: Json[] = [];
    const client: Client = {
      server: 'https://api',
      stream: noStream,
      close: () => Promise.resolve(),
      request(method, path, body) {
        if (method === 'GET')
          return Promise.resolve({ status: 200, body: path.includes('/namespaces/') ? { metadata: { uid: 'u' } } : held });
        puts.push(body ?? null);
        const { metadata, webhooks } = body as { metadata: JsonObject; webhooks: Json };
        if (metadata['ownerReferences'] !== undefined) return Promise.resolve({ status: 403, body: null });
        return Promise.resolve({ status: 200, body: Object.assign(held, { webhooks }) });
      },
    };
    const abort = new AbortController();
    const events: string[] = [];
    const clock = { now: () => 0, date: () => new Date(0), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const onEvent = ({ type }: { type: string }) => void (events.push(type) >= 4 && abort.abort());
    await keepRegistration(client, clock, { name: 'sallyport', create: false, owner: 'home', wanted, onEvent }, abort.signal).done;
    expect(events.slice(0, 4)).toEqual(['trouble', 'written', 'in-step', 'in-step']);
    expect(puts).toHaveLength(2);
  });

  test('every workload of Kubernetes stands in exactly one entry, for CREATE and UPDATE', () => {
    const named = wanted().flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups, operations, resources }) =>
        resources.map((resource) => `${apiGroups.join()}/${resource} ${operations.join()}`),
      ),
    );
    const resources = [
      '/pods',
      '/pods/ephemeralcontainers',
      '/pods/resize',
      '/podtemplates',
      '/replicationcontrollers',
      'apps/daemonsets',
      'apps/deployments',
      'apps/replicasets',
      'apps/statefulsets',
      'batch/cronjobs',
      'batch/jobs',
    ];
    const builtIn = named.filter((place) => /^(apps|batch)?\//.test(place));
    expect(builtIn).toEqual(resources.map((resource) => `${resource} CREATE,UPDATE`));
    expect(named).toEqual(expect.arrayContaining(['argoproj.io/rollouts CREATE,UPDATE', 'serving.knative.dev/services CREATE,UPDATE']));
  });

  test('the entry names where the server is, whom to trust and what to leave alone', () => {
    const service = { namespace: 'n', name: 's', port: 443, path: '/validate' };
    const [entry] = wanted({ client: { service } });
    expect(entry?.clientConfig).toEqual({ service, caBundle: 'eA==' });
    expect(entry?.namespaceSelector).toEqual({
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['a', 'b'] }],
    });
    expect(wanted({ caBundle: null, excludeNamespaces: [] })[0]).toMatchObject({
      clientConfig: { url: 'https://h/validate' },
      namespaceSelector: {},
    });
    expect(Object.hasOwn(wanted({ caBundle: null })[0]?.clientConfig ?? {}, 'caBundle')).toBe(false);
  });

  const fits: [string, JsonObject[], Json[], JsonObject[]][] = [
    ['a bundle of ours is kept', [entry('a', 'new')], [entry('a', 'old')], [entry('a', 'new')]],
    ['an injected bundle is taken over', [entry('a')], [entry('a', 'old')], [entry('a', 'old')]],
    ['a new entry takes the bundle of its neighbour', [entry('b')], [entry('a', 'old')], [entry('b', 'old')]],
    ['each takes its own', [entry('b'), entry('a')], [entry('a', '1'), entry('b', '2')], [entry('b', '2'), entry('a', '1')]],
    ['without any bundle it stays without', [entry('a')], [], [entry('a')]],
    ['what is not an entry is passed over', [entry('a')], [null, 'x', { name: 'a' }], [entry('a')]],
  ];
  test.each(fits)('%s', (_, asked, held, expected) => expect(fitEntries(asked, held)).toEqual(expected));

  const prints: [string, Json, Json, boolean, boolean][] = [
    ['the order of keys means nothing', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true, true],
    ['the order of a list means something', [1, 2], [2, 1], true, false],
    ['a bundle of ours is judged', entry('a', '1'), entry('a', '2'), true, false],
    ['a bundle that is not ours is not', entry('a', '1'), entry('a', '2'), false, true],
  ];
  test.each(prints)('%s', (_, left, right, withBundles, same) =>
    expect(fingerprint([left], withBundles) === fingerprint([right], withBundles)).toBe(same),
  );

  const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'n', uid: '1' };
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'n', uid: '2' };
  const owners: [string, Json | undefined, JsonObject | null, Json[] | null][] = [
    ['the first owner is added', undefined, owner, [owner]],
    ['another owner stays', [other], owner, [other, owner]],
    ['an owner that stands there is left', [owner, other], owner, null],
    ['a namespace of that name that was there before is replaced', [{ ...owner, uid: '0' }, other], owner, [other, owner]],
    ['none is wanted', [other], null, null],
  ];
  test.each(owners)('%s', (_, held, asked, expected) => expect(fitOwners(held, asked)).toEqual(expected));
});

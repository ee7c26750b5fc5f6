import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../src/cluster/client.ts';
import type { Client } from '../../src/cluster/client.ts';
import { systemClock } from '../../src/cluster/clock.ts';
import { ClusterError } from '../../src/cluster/error.ts';
import { reflect } from '../../src/cluster/reflector.ts';
import type { Reflector, ReflectorOptions } from '../../src/cluster/reflector.ts';
import type { JsonObject } from '../../src/kube/json.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { until } from '../support/until.ts';

const MANY = 5_000;
const path = '/api/v1/namespaces/many/configmaps';

describeEndToEnd('reflector', () => {
  let plane: ControlPlane;
  let admin: Client;
  const running: { stop: AbortController; done: Promise<void> }[] = [];

  beforeAll(async () => {
    plane = await startControlPlane();
    admin = connect({ kubeconfig: plane.kubeconfig, env: {} });
    await create('/api/v1/namespaces', { metadata: { name: 'many' } });
    const numbers = Array.from({ length: MANY }, (_, index) => index).values();
    const creator = async () => {
      for (const index of numbers) await make(`object-${index}`, { data: { text: 'x'.repeat(200) } });
    };
    await Promise.all(Array.from({ length: 20 }, creator));
  });
  afterEach(async () => {
    for (const { stop } of running) stop.abort();
    await Promise.all(running.splice(0).map(({ done }) => done));
  });
  afterAll(async () => {
    await admin?.close();
    await plane?.stop();
  });

  const create = async (folder: string, body: JsonObject) => {
    const { status } = await admin.request('POST', folder, body);
    if (status >= 300) throw new Error(`${folder}: ${status}`);
  };
  const make = (name: string, more: JsonObject = {}) => create(path, { metadata: { name }, ...more });
  const remove = (name: string) => admin.request('DELETE', `${path}/${name}`);

  function follow(over: Partial<ReflectorOptions> = {}, client: Client = admin) {
    const stop = new AbortController();
    const troubles: unknown[] = [];
    const batches: number[] = [];
    const onChange: ReflectorOptions['onChange'] = (changes) => void batches.push(changes.length);
    const onTrouble = (error: unknown) => void troubles.push(error instanceof ClusterError ? error.code : error);
    const reflector = reflect(client, systemClock, { path, onChange, onTrouble, ...over }, stop.signal);
    running.push({ stop, done: reflector.done });
    return { reflector, troubles, batches };
  }

  test('5,000 objects come in pages and are told in one go; a change is known within a second', async () => {
    const started = performance.now();
    const { reflector, batches, troubles } = follow();
    await reflector.hasSynced;
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(batches).toEqual([MANY]);
    expect(reflector.get('many/object-7')).toMatchObject({ metadata: { name: 'object-7' } });
    expect(reflector.get('many/object-7')).not.toMatchObject({ metadata: { managedFields: expect.anything() } });
    await make('new');
    await until('known', () => knows(reflector, 'new'), { within: 1_000, every: 10 });
    await remove('new');
    await until('gone', () => !knows(reflector, 'new'), { within: 1_000, every: 10 });
    expect([reflector.items().length, troubles]).toEqual([MANY, []]);
  });

  test('a list that is slow misses nothing that changes meanwhile', async () => {
    const slow: Client = {
      ...admin,
      async request(...args) {
        const answer = await admin.request(...args);
        await sleep(20);
        return answer;
      },
    };
    const { reflector } = follow({ times: { pageSize: 50 } }, slow);
    await sleep(300);
    await remove('object-1');
    await make('aaa-first-page');
    await reflector.hasSynced;
    await until('both', () => knows(reflector, 'aaa-first-page') && !knows(reflector, 'object-1'), { within: 5_000 });
    expect(reflector.items()).toHaveLength(MANY);
    await remove('aaa-first-page');
    await make('object-1');
  });

  test('a list whose pages outlive the history comes to an end all the same', async () => {
    let pages = 0;
    const late: Client = {
      ...admin,
      async request(...args) {
        pages += 1;
        if (pages === 3) {
          await make('beside');
          await plane.compact();
          await plane.restartApiServer();
        }
        return admin.request(...args);
      },
    };
    const { reflector } = follow({ times: { pageSize: 100 } }, late);
    await reflector.hasSynced;
    expect(reflector.items()).toHaveLength(MANY + 1);
    await remove('beside');
  });

  test('the API server is killed: what is held stays and says how old it is; it catches up when the server is back', async () => {
    const { reflector, troubles } = follow();
    await reflector.hasSynced;
    await plane.stopApiServer();
    await until('trouble', () => troubles.length > 1);
    const age = reflector.age();
    expect(age).toBeGreaterThan(100);
    await sleep(1_000);
    expect(reflector.age()).toBeGreaterThan(age + 900);
    expect(reflector.items()).toHaveLength(MANY);
    await plane.startApiServer();
    await make('after');
    await until('caught up', () => knows(reflector, 'after'), { within: 10_000 });
    expect(reflector.items()).toHaveLength(MANY + 1);
    await remove('after');
  });

  test('history that was compacted while it could not watch: it lists anew and tells what is gone', async () => {
    let cut = false;
    const wire: Client = {
      ...admin,
      stream: (where, options) => {
        if (cut) throw new ClusterError('unreachable', 'cut');
        return admin.stream(where, options);
      },
    };
    const { reflector, batches } = follow({ times: { watch: 2_000 } }, wire);
    await reflector.hasSynced;
    cut = true;
    await sleep(3_000);
    const before = batches.length;
    await remove('object-2');
    await make('late');
    await plane.compact();
    await plane.restartApiServer();
    cut = false;
    await until('caught up', () => knows(reflector, 'late') && !knows(reflector, 'object-2'), { within: 15_000 });
    // In one batch or two: it may list anew between the two changes. Nothing else is told.
    expect(batches.slice(before).reduce((sum, changes) => sum + changes, 0)).toBe(2);
    await remove('late');
    await make('object-2');
  });

  test('etcd is gone for a while: what is held stays, and it catches up when etcd is back', async () => {
    const { reflector } = follow({ times: { watch: 2_000 } });
    await reflector.hasSynced;
    await plane.stopEtcd();
    await sleep(5_000);
    expect(reflector.items()).toHaveLength(MANY);
    await plane.startEtcd();
    await make('after-etcd');
    await until('caught up', () => knows(reflector, 'after-etcd'), { within: 20_000 });
    expect(reflector.items()).toHaveLength(MANY + 1);
    await remove('after-etcd');
  });

  test('a kind that nobody knows is no trouble for whoever waits, and is found when it is made', async () => {
    const { reflector, troubles } = follow({ path: '/apis/example.test/v1/widgets' });
    await reflector.hasSynced;
    expect(troubles).toEqual(['not-found']);
    const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.test' },
      spec: { group: 'example.test', scope: 'Cluster', names, versions: [{ name: 'v1', served: true, storage: true, schema }] },
    });
    await until('served', async () => (await admin.request('POST', '/apis/example.test/v1/widgets', widget)).status < 300);
    await until('known', () => reflector.get('one') !== undefined, { within: 10_000 });
    await admin.request('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.test');
    await until('gone', () => reflector.items().length === 0, { within: 20_000 });
  });
});

const knows = (reflector: Reflector, name: string) => reflector.get(`many/${name}`) !== undefined;

const widget = { apiVersion: 'example.test/v1', kind: 'Widget', metadata: { name: 'one' } };

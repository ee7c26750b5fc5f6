import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { AdmissionRequest } from '../src/api/admission-review.ts';
import type { Answer as ClusterAnswer, Client } from '../src/cluster/client.ts';
import { systemClock } from '../src/cluster/clock.ts';
import { pace } from '../src/cluster/pace.ts';
import type { GuardrailDocument } from '../src/api/guardrail.ts';
import { policySet } from '../src/commands/policy-flags.ts';
import { learner } from '../src/commands/serve/learn.ts';
import { ownerEvents } from '../src/commands/serve/owner-events.ts';
import { filePolicies } from '../src/commands/serve/policies.ts';
import { followPolicyFiles } from '../src/commands/serve/policy-files.ts';
import { keepStatuses } from '../src/commands/serve/statuses.ts';
import type { Access, ParamSource } from '../src/engine/facts.ts';
import { noFacts } from '../src/engine/facts.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { policyStore } from '../src/policy/store.ts';
import type { Answer } from '../src/webhook/answer.ts';
import { until } from './support/until.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: Json | undefined;
}

/** An API server that answers by path; 404 where nothing is said. */
function server(answers: Readonly<Record<string, () => ClusterAnswer | Promise<ClusterAnswer>>>) {
  const asked: Asked[] = [];
  const client: Client = {
    server: 'https://api',
    close: () => Promise.resolve(),
    stream: () => {
      throw new Error('nobody watches here');
    },
    async request(method, path, body) {
      asked.push({ method, path, body });
      const found = Object.entries(answers).find(([key]) => path.startsWith(key));
      return found ? found[1]() : { status: 404, body: null };
    },
  };
  return { client, asked };
}
const reply = (body: Json, status = 200): ClusterAnswer => ({ status, body });
const ok = (body: Json) => () => reply(body);

const owner = (kind: string, name: string, apiVersion = 'apps/v1') => ({ apiVersion, kind, name, uid: `uid-${name}`, controller: true });
const request = (references: JsonObject[], over: Partial<AdmissionRequest> = {}): AdmissionRequest =>
  ({
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'shop',
    dryRun: false,
    object: { metadata: { ownerReferences: references } },
    ...over,
  }) as AdmissionRequest;
const answer = (verdict: 'deny' | 'warn'): Answer => ({
  response: {
    allowed: verdict !== 'deny',
    status: { status: 'Failure', code: 403, reason: 'Forbidden', message: 'first line\nsecond line' },
  },
  decision: { verdict, guardrails: [], findings: [], digest: '' },
});

const deadline = () => performance.now() + 5_000;
const learn = (client: Client) => learner(client, () => performance.now());

const page = (name: string, next: string) => ({ metadata: { continue: next }, items: [{ metadata: { name } }] });

test('writes are paced in the order of their calls, however many wait', async () => {
  const paced = pace(systemClock, 30);
  const signal = new AbortController().signal;
  const started = performance.now();
  const turns = await Promise.all([1, 2, 3, 4].map(async (turn) => (await paced(signal), { turn, at: performance.now() - started })));
  expect(turns.map(({ turn }) => turn)).toEqual([1, 2, 3, 4]);
  expect(turns.every(({ at }, index) => at >= index * 30 - 2)).toBe(true);
});

describe('what judging wants and nobody holds', () => {
  const ns = { kind: 'namespace', name: 'new' } as const;
  test('the labels of a namespace are asked for', async () => {
    const object = { metadata: { name: 'new', labels: { tier: 'prod' } } };
    const { client } = server({ '/api/v1/namespaces/new': ok(object) });
    const facts = await learn(client)([ns], noFacts, deadline());
    expect([facts.namespace('new'), facts.namespace('other')]).toEqual([{ labels: { tier: 'prod' }, object }, undefined]);
  });

  const limits = { apiVersion: 'example.org/v1', kind: 'Limit', namespace: 'shop' };
  const all = {
    ...limits,
    name: null,
    selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'Exists' as const }] },
  };
  const sources: [string, ParamSource, string, ClusterAnswer, Json[] | undefined][] = [
    [
      'one by its name',
      { ...limits, name: 'x', selector: null },
      '/apis/example.org/v1/namespaces/shop/limits/x',
      reply({ a: 1 }),
      [{ a: 1 }],
    ],
    [
      'one that is not there',
      { ...limits, name: 'x', selector: null },
      '/apis/example.org/v1/namespaces/shop/limits/x',
      reply(null, 404),
      [],
    ],
    [
      'one that may not be read',
      { ...limits, name: 'x', selector: null },
      '/apis/example.org/v1/namespaces/shop/limits/x',
      reply(null, 403),
      undefined,
    ],
    [
      'all that a selector selects',
      all,
      '/apis/example.org/v1/namespaces/shop/limits?labelSelector=a%3Db%2Cc&limit=500',
      reply({ items: [{ spec: 1 }] }),
      [{ spec: 1, apiVersion: 'example.org/v1', kind: 'Limit' }],
    ],
  ];
  test.each(sources)('params: %s', async (_, source, path, given, expected) => {
    const { client } = server({ [path]: () => given });
    const facts = await learn(client)([{ kind: 'params', source }], noFacts, deadline());
    expect([facts.params?.(source), facts.params?.({ ...source, namespace: 'other' })]).toEqual([expected, undefined]);
  });

  const review = { user: 'ann', resourceAttributes: { verb: 'get', resource: 'pods' } };
  const verdicts: [string, ClusterAnswer, Access | undefined][] = [
    ['a yes', reply({ status: { allowed: true, reason: 'RBAC' } }, 201), { allowed: true, reason: 'RBAC' }],
    ['a no with an error', reply({ status: { evaluationError: 'no role' } }, 201), { allowed: false, reason: '', error: 'no role' }],
    ['no right to ask', reply(null, 403), undefined],
  ];
  test.each(verdicts)('access: %s', async (_, given, expected) => {
    const { client } = server({ '/apis/authorization.k8s.io/v1/subjectaccessreviews': () => given });
    const facts = await learn(client)([{ kind: 'access', review }], noFacts, deadline());
    expect(facts.access?.(review)).toEqual(expected);
  });

  const unknown: [string, ClusterAnswer | Error, null | undefined][] = [
    ['is not there', { status: 404, body: null }, null],
    ['may not be read', { status: 403, body: null }, undefined],
    ['cannot be read', new Error('unreachable'), undefined],
  ];
  test.each(unknown)('a namespace that %s', async (_, answer, expected) => {
    const { client } = server({ '/api/v1/namespaces/new': () => (answer instanceof Error ? Promise.reject(answer) : answer) });
    expect((await learn(client)([ns], noFacts, deadline())).namespace('new')).toBe(expected);
  });

  test('past the deadline nobody is asked', async () => {
    const { client, asked } = server({});
    expect(await learn(client)([ns], noFacts, performance.now() - 1)).toBe(noFacts);
    expect(asked).toEqual([]);
  });

  test('a flood asks once for each namespace, and for no more than a few at a time', async () => {
    const held = Promise.withResolvers<ClusterAnswer>();
    const { client, asked } = server({ '/api/v1/namespaces/': () => held.promise });
    const learning = learn(client);
    const same = Array.from({ length: 50 }, () => learning([ns], noFacts, deadline()));
    const many = Array.from({ length: 50 }, (_, index) => learning([{ ...ns, name: `n${index}` }], noFacts, deadline()));
    held.resolve({ status: 200, body: { metadata: { labels: {} } } });
    const facts = await Promise.all([...same, ...many]);
    expect(asked.length).toBeLessThanOrEqual(20);
    expect(facts.slice(0, 50).every((known) => known.namespace('new') !== undefined)).toBe(true);
  });

  test('pods of a namespace come in pages', async () => {
    const { client, asked } = server({
      '/api/v1/namespaces/shop/pods?limit=500&continue=more': ok(page('b', '')),
      '/api/v1/namespaces/shop/pods?limit=500': ok(page('a', 'more')),
    });
    const facts = await learn(client)([{ kind: 'pods', namespace: 'shop' }], noFacts, deadline());
    expect(facts.pods?.('shop')?.items).toHaveLength(2);
    expect([facts.pods?.('shop')?.late(), asked.length]).toEqual([false, 2]);
  });
});

describe('owners of pods that are refused', () => {
  const replicaSet = owner('ReplicaSet', 'web-1');
  const telling = (answers: Parameters<typeof server>[0] = {}) => {
    const { client, asked } = server({ '/api/v1/namespaces/shop/events': ok({}), ...answers });
    const deps = { client, clock: systemClock, now: () => new Date(0), pace: pace(systemClock, 1), log: pino({ level: 'silent' }) };
    const events = () =>
      asked.filter(({ method }) => method === 'POST').map(({ body }) => (body as JsonObject)['involvedObject'] as JsonObject);
    return { tell: ownerEvents(deps, new AbortController().signal), events, asked };
  };
  const readReplicaSet = {
    '/apis/apps/v1/namespaces/shop/replicasets/web-1': ok({ metadata: { ownerReferences: [owner('Deployment', 'web')] } }),
  };

  const rows: [string, Parameters<typeof server>[0], JsonObject, JsonObject][] = [
    [
      'the Deployment behind its ReplicaSet',
      readReplicaSet,
      replicaSet,
      { kind: 'Deployment', name: 'web', uid: 'uid-web', namespace: 'shop' },
    ],
    ['the ReplicaSet, where that may not be read', {}, replicaSet, { kind: 'ReplicaSet', name: 'web-1' }],
    ['a StatefulSet, which nobody stands behind', {}, owner('StatefulSet', 'db'), { kind: 'StatefulSet', name: 'db' }],
  ];
  test.each(rows)('is told: %s', async (_, answers, reference, expected) => {
    const { tell, events, asked } = telling(answers);
    tell(request([reference]), answer('deny'));
    await until('told', () => events().length === 1);
    expect(events()[0]).toMatchObject(expected);
    expect(asked.at(-1)?.body).toMatchObject({ type: 'Warning', reason: 'PodRefused', message: 'a pod was refused: first line' });
  });

  const silent: [string, AdmissionRequest, Answer][] = [
    ['a dry run', request([replicaSet], { dryRun: true }), answer('deny')],
    ['a warning', request([replicaSet]), answer('warn')],
    ['a pod without an owner', request([]), answer('deny')],
    ['an owner that does not control it', request([{ ...replicaSet, controller: false }]), answer('deny')],
    ['an update', request([replicaSet], { operation: 'UPDATE' }), answer('deny')],
  ];
  test.each(silent)('nobody is told of %s', async (_, asked, answered) => {
    const { tell, events } = telling();
    tell(asked, answered);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(events()).toEqual([]);
  });

  test('a controller that tries for ever leaves one Event, and a thousand owners no more than a few', async () => {
    const { tell, events } = telling();
    for (let round = 0; round < 10; round++) tell(request([owner('StatefulSet', 'db')]), answer('deny'));
    for (let index = 0; index < 1_000; index++) tell(request([owner('StatefulSet', `db${index}`)]), answer('deny'));
    await until('told', () => events().length === 20);
    expect(new Set(events().map(({ name }) => name)).size).toBe(20);
  });
});

const now = () => new Date('2027-01-01T00:00:00Z');
const noPolicies = { guardrails: [], exceptions: [], ceiling: 'Enforce' as const, maxLifetime: 90 * 86_400_000 };
const apiVersion = 'sallyport.dev/v1alpha1';
const metadata = (name: string, generation: number) => ({ name, uid: name, generation, resourceVersion: String(generation) });
const guardrail = (name: string, generation = 1, check = 'privileged'): JsonObject => ({
  apiVersion,
  kind: 'Guardrail',
  metadata: metadata(name, generation),
  spec: { mode: 'Enforce', rules: [{ check }], exceptions: { namespaces: ['shop'] } },
});
const exception = (name: string, to = 'a'): JsonObject => ({
  apiVersion,
  kind: 'GuardrailException',
  metadata: { ...metadata(name, 1), namespace: 'shop' },
  spec: { guardrail: to, allRules: true, match: { all: true }, reason: 'r', owner: 'o', expiresAt: '2027-02-01T00:00:00Z' },
});

/** Writes until `enough`; `meanwhile` is asked for what the cluster holds after each write. */
async function written(
  guardrails: JsonObject[],
  exceptions: JsonObject[],
  enough: number,
  meanwhile: (writes: number) => void = () => undefined,
) {
  const stop = new AbortController();
  const combine = policyStore();
  const names: string[] = [];
  const listeners: (() => void)[] = [];
  const client: Client = {
    ...server({}).client,
    request: async (_method, path, body) => {
      names.push(path.split('/').at(-2) ?? '');
      meanwhile(names.length);
      if (names.length >= enough) stop.abort();
      for (const changed of listeners) changed();
      return { status: 200, body: body ?? null };
    },
  };
  const objects = {
    latest: () => combine(noPolicies, guardrails, exceptions, now().getTime()),
    onChange: (listener: () => void) => void listeners.push(listener),
  };
  await keepStatuses({ client, clock: systemClock, objects, now, pace: pace(systemClock, 0), log: pino({ level: 'silent' }) }, stop.signal);
  return names;
}

describe('statuses', () => {
  test('what is broken is written first, then guardrails, then exceptions; each once', async () => {
    const names = await written(
      [guardrail('a'), guardrail('b', 1, 'privilegd'), guardrail('c')],
      [exception('fine'), exception('lost', 'x')],
      5,
    );
    expect([names.slice(0, 2).toSorted(), names.slice(2)]).toEqual([
      ['b', 'lost'],
      ['a', 'c', 'fine'],
    ]);
  });

  test('guardrails that change without end keep no exception waiting for ever', async () => {
    const guardrails = [guardrail('a'), guardrail('b')];
    const names = await written(guardrails, [exception('e1'), exception('e2')], 12, (writes) => {
      guardrails[writes % 2] = guardrail(writes % 2 === 0 ? 'a' : 'b', writes + 1);
    });
    expect(names.filter((name) => name.startsWith('e')).toSorted()).toEqual(['e1', 'e2']);
  });
});

const mountedText = (mode: string): string =>
  `apiVersion: ${apiVersion}\nkind: Guardrail\nmetadata: { name: mounted }\nspec:\n  mode: ${mode}\n  rules: [{ check: privileged }]\n`;

describe('policy files that change under a server', () => {
  const start = now().getTime();
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  /** A folder as the kubelet mounts a ConfigMap, a server's view of it, and the hands of its clock. */
  function mounted(first: string) {
    const folder = mkdtempSync(join(tmpdir(), 'mounted-'));
    const swap = (content: string | null): void => {
      const version = mkdtempSync(join(folder, '..v'));
      if (content !== null) writeFileSync(join(version, 'g.yaml'), content);
      symlinkSync(version, join(folder, '..next'));
      renameSync(join(folder, '..next'), join(folder, '..data'));
    };
    swap(first);
    symlinkSync('..data/g.yaml', join(folder, 'g.yaml'));
    const lines: JsonObject[] = [];
    const log = pino({ level: 'info', base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as JsonObject) });
    const io = { cwd: folder, root: new URL('../', import.meta.url), now };
    const clock = { ...systemClock, sleep: async () => new Promise<void>((resolve) => setTimeout(resolve, 1)) };
    const stop = new AbortController();
    stops.push(() => {
      stop.abort();
      rmSync(folder, { recursive: true });
    });
    let failures = 0;
    const flags = { policies: [folder] };
    const deps = { io, clock, log, failed: () => void failures++ };
    const files = followPolicyFiles(flags, policySet(flags, io).files, deps, stop.signal);
    const policies = filePolicies({ files, clock, now: io.now, log, loaded: () => undefined }, stop.signal);
    return {
      swap,
      modes: () => policies.set().guardrails.map(({ name, mode }) => `${name} ${mode}`),
      fault: files.fault,
      failures: () => failures,
      lines,
    };
  }

  test('what is mounted anew is in force, and what is broken leaves what was before', async () => {
    const { swap, modes, fault, failures, lines } = mounted(mountedText('Warn'));
    swap(mountedText('Audit'));
    await until('in force', () => modes()[0] === 'mounted Audit', { every: 5 });
    swap(mountedText('Enfroce'));
    await until('told', fault, { every: 5 });
    expect([modes(), failures(), fault()]).toEqual([['mounted Audit'], 1, expect.stringContaining('g.yaml:5:3: spec.mode: one of')]);
    swap(null);
    await until('told', () => failures() === 2, { every: 5 });
    expect([modes(), fault()]).toEqual([['mounted Audit'], expect.stringContaining('g.yaml cannot be read')]);
    swap(mountedText('Enforce'));
    await until('in force', () => modes()[0] === 'mounted Enforce', { every: 5 });
    expect([fault(), failures()]).toEqual([null, 2]);
    expect(lines.filter(({ level }) => level === 50)).toHaveLength(2);
  });

  test('schedules of files flip at their time, and say so', async () => {
    const schedule = { mode: 'Warn', schedule: [{ from: '2027-01-01T00:00:02Z', mode: 'Enforce' }], rules: [{ check: 'privileged' }] };
    const document = { apiVersion, kind: 'Guardrail', metadata: { name: 'a' }, spec: schedule } as unknown as GuardrailDocument;
    const files = { current: () => ({ ...noPolicies, guardrails: [{ document, origin: '' }] }), onChange: () => undefined };
    const stop = new AbortController();
    stops.push(() => stop.abort());
    let time = start;
    const clock = { ...systemClock, sleep: async () => void (await systemClock.sleep(1, stop.signal), (time += 1000)) };
    const lines: string[] = [];
    const log = pino({ level: 'info', base: null }, { write: (line: string) => void lines.push(line) });
    const policies = filePolicies({ files, clock, now: () => new Date(time), log, loaded: () => undefined }, stop.signal);
    const flips: string[] = [];
    let changes = 0;
    policies.onFlip(
      (told) => void flips.push(...told.map(({ guardrail: { name }, index, mode }) => `${name} ${index} ${mode}`)),
      stop.signal,
    );
    policies.onChange(() => void changes++, stop.signal);
    await until('a while is over', () => time > start + 10_000, { every: 1 });
    expect([flips, changes]).toEqual([['a 0 Enforce'], 1]);
    expect(lines.map((line) => JSON.parse(line) as JsonObject)).toMatchObject([{ guardrail: 'a', schedule: 0, mode: 'Enforce' }]);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import type { Io, Run } from '../src/commands/io.ts';
import { run as preview } from '../src/commands/preview.ts';
import { run as scan } from '../src/commands/scan.ts';
import type { ExceptionDocument } from '../src/api/guardrail-exception.ts';
import type { Entry, Preview } from '../src/commands/preview/summary.ts';
import type { JsonObject } from '../src/kube/json.ts';
import { startFakeCluster } from './support/fake-cluster.ts';
import type { FakeCluster } from './support/fake-cluster.ts';

const home = mkdtempSync(join(tmpdir(), 'sallyport-preview-'));
let cluster: FakeCluster;

beforeAll(async () => {
  cluster = await startFakeCluster();
});
afterAll(async () => {
  await cluster.stop();
  rmSync(home, { recursive: true });
});
beforeEach(() => {
  cluster.lists = emptyLists();
  cluster.answers = { '/apis': { groups: [] } };
  cluster.asked.length = 0;
  cluster.expireOnce = false;
});

const now = '2027-01-01T00:00:00Z';

async function run(command: Run, argv: readonly string[]) {
  const heard = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: (text) => void (heard.stdout += text),
    stderr: (text) => void (heard.stderr += text),
    stdin: async () => Buffer.alloc(0),
    cwd: home,
    env: {},
    now: () => new Date(now),
    root: new URL('../', import.meta.url),
    version: '1.2.3',
    termination: () => new AbortController().signal,
  };
  return { code: await command([...argv], io), ...heard };
}

type Previewed = Preview & { errors: { file: string; message: string }[]; drafted: { unheard: unknown[]; inexcusable: string[] } | null };

async function previewed(...argv: string[]): Promise<Previewed & { code: number }> {
  const { code, stdout, stderr } = await run(preview, ['--format', 'json', ...argv]);
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Previewed) };
}

const live = (...argv: string[]) => previewed('--kubeconfig', cluster.kubeconfig, ...argv);

async function scanned(...argv: string[]) {
  const { code, stdout, stderr } = await run(scan, [
    '--no-config',
    '--format',
    'json',
    '--live',
    '--kubeconfig',
    cluster.kubeconfig,
    ...argv,
  ]);
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Scanned) };
}

interface Scanned {
  readonly results: { file: string; line: number; kind: string; name: string; verdict: string; findings: { message: string }[] }[];
  readonly errors: { file: string; message: string }[];
}

function file(name: string, ...objects: readonly object[]): string {
  mkdirSync(dirname(join(home, name)), { recursive: true });
  writeFileSync(join(home, name), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  return name;
}

const guardrail = (spec: object = {}) => ({
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'Guardrail',
  metadata: { name: 'g' },
  spec: { mode: 'Enforce', rules: [{ check: 'privileged' }, { check: 'host-namespaces' }], ...spec },
});

const lists = ['pods', 'podtemplates', 'replicationcontrollers'].map((name) => `/api/v1/${name}`);
const apps = ['daemonsets', 'deployments', 'replicasets', 'statefulsets'].map((name) => `/apis/apps/v1/${name}`);
const emptyLists = (): FakeCluster['lists'] => ({
  ...Object.fromEntries([...lists, ...apps, '/apis/batch/v1/cronjobs', '/apis/batch/v1/jobs'].map((path) => [path, []])),
  '/api/v1/namespaces': ['shop', 'web'].map((name) => ({ metadata: { name, labels: { tier: name === 'shop' ? 'prod' : 'dev' } } })),
});

interface Made {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  /** Of the one that made it: its kind; its name is the uid. */
  readonly by?: readonly [kind: string, name: string];
  readonly generateName?: string;
}

function metadata(name: string, { namespace = 'shop', labels, by, generateName }: Made = {}): JsonObject {
  const ownerReferences = by && [{ apiVersion: 'apps/v1', kind: by[0], name: by[1], uid: by[1], controller: true }];
  return {
    name,
    namespace,
    uid: name,
    ...(labels && { labels }),
    ...(generateName && { generateName }),
    ...(by && { ownerReferences }),
  };
}

const good = { containers: [{ name: 'app', image: 'app' }] };
const privileged = {
  containers: [
    { name: 'app', image: 'app', securityContext: { privileged: true } },
    { name: 'plain', image: 'plain' },
  ],
};
const onHost = { ...good, hostNetwork: true };

const pod = (name: string, spec: object, made: Made = {}) => ({ metadata: metadata(name, made), spec }) as JsonObject;
const deployment = (name: string, spec: object, made: Made = {}) =>
  ({
    metadata: metadata(name, made),
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
  }) as unknown as JsonObject;
const asDocument = (kind: string, object: JsonObject) => ({ apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, ...object });

/** A Deployment, its ReplicaSet and that many pods. */
function rollOut(name: string, spec: object, pods: number, podSpec: object = spec): void {
  const replicaSet = `${name}-5d9f`;
  const made = (index: number) =>
    pod(`${replicaSet}-${index}`, podSpec, {
      by: ['ReplicaSet', replicaSet],
      generateName: `${replicaSet}-`,
      labels: { app: name, 'pod-template-hash': '5d9f' },
    });
  add('/apis/apps/v1/deployments', deployment(name, spec));
  add('/apis/apps/v1/replicasets', deployment(replicaSet, spec, { by: ['Deployment', name] }));
  add('/api/v1/pods', ...Array.from({ length: pods }, (_, index) => made(index)));
}

function add(path: string, ...objects: JsonObject[]): void {
  const list = cluster.lists[path];
  cluster.lists[path] = [...(typeof list === 'object' ? list : []), ...objects];
}

const line = ({ namespace, kind, name, rule, effect, findings, pods }: Entry) =>
  `${namespace} ${kind}/${name} ${rule} ${effect} ${findings} ${pods}`;

describe('preview of a cluster', () => {
  test('reports the topmost owner once, with its 1,200 pods, which are read in pages of 500', async () => {
    rollOut('web', privileged, 1200);
    const { code, totals, entries, namespaces } = await live('-f', file('g.json', guardrail()));
    expect(entries.map(line)).toEqual(['shop Deployment/web privileged denied 1 1200']);
    expect(totals).toEqual({ workloads: 1, denied: 1, warned: 0, excused: 0, audited: 0, allowed: 0, skipped: 0, pods: 1200 });
    expect(namespaces).toMatchObject([{ namespace: 'shop', denied: 1 }]);
    expect(code).toBe(0);
    expect(cluster.asked.filter((path) => path.startsWith('/api/v1/pods'))).toEqual([
      '/api/v1/pods?limit=500',
      '/api/v1/pods?limit=500&continue=500',
      '/api/v1/pods?limit=500&continue=1000',
    ]);
  });

  test('goes on where the history of a list is gone', async () => {
    rollOut('web', privileged, 600);
    cluster.expireOnce = true;
    expect((await live('-f', file('g.json', guardrail()))).totals.pods).toBe(600);
    expect(cluster.asked).toContain('/api/v1/pods?limit=500&continue=again-500');
  });

  test('finds what only the pods have, such as a container that is injected, and tells it of the owner', async () => {
    rollOut('web', good, 3, privileged);
    const { entries } = await live('-f', file('g.json', guardrail()));
    expect(entries.map(line)).toEqual(['shop Deployment/web privileged denied 1 3']);
    expect(entries[0]?.message).toContain('found in its pod web-5d9f-0');
  });

  test('judges no old revision of a workload that is mended', async () => {
    rollOut('web', good, 1);
    add('/apis/apps/v1/replicasets', deployment('web-old', privileged, { by: ['Deployment', 'web'] }));
    expect((await live('-f', file('g.json', guardrail()))).entries).toEqual([]);
  });

  test('gathers pods under an owner whose kind is not listed, and leaves those of a node alone', async () => {
    add('/api/v1/pods', pod('db-0', onHost, { by: ['Database', 'db'] }), pod('db-1', onHost, { by: ['Database', 'db'] }));
    add('/api/v1/pods', pod('proxy-n1', onHost, { by: ['Node', 'n1'] }), pod('alone', onHost));
    const { entries } = await live('-f', file('g.json', guardrail()));
    expect(entries.map(line)).toEqual([
      'shop Database/db host-namespaces denied 1 2',
      'shop Pod/alone host-namespaces denied 1 1',
      'shop Pod/proxy-n1 host-namespaces denied 1 1',
    ]);
  });

  test('follows custom resources that carry pod templates, in whatever version is served, and the chain of their owners', async () => {
    cluster.answers['/apis'] = {
      groups: [
        { name: 'ray.io', preferredVersion: { version: 'v1' }, versions: [{ version: 'v1' }] },
        { name: 'other.io', versions: [{ version: 'v1' }] },
      ],
    };
    const resources = ['rayclusters', 'rayservices', 'rayclusters/status'].map((name) => ({ name, namespaced: true }));
    cluster.answers['/apis/ray.io/v1'] = { resources };
    const group = { template: { spec: privileged } };
    cluster.lists['/apis/ray.io/v1/rayclusters'] = [pod('rc', { headGroupSpec: group }, { by: ['RayService', 'rs'] })];
    cluster.lists['/apis/ray.io/v1/rayservices'] = [pod('rs', { rayClusterConfig: { headGroupSpec: group } })];
    add('/api/v1/pods', pod('rc-head', privileged, { by: ['RayCluster', 'rc'] }));
    expect((await live('-f', file('g.json', guardrail()))).entries.map(line)).toEqual(['shop RayService/rs privileged denied 1 1']);
    expect(cluster.asked).not.toContain('/apis/other.io/v1');
  });

  test('knows the labels of namespaces', async () => {
    for (const namespace of ['shop', 'web']) add('/api/v1/pods', pod(`in-${namespace}`, onHost, { namespace }));
    const selected = guardrail({ match: { namespaceSelector: { matchLabels: { tier: 'prod' } } } });
    const { entries, totals, code } = await live('-f', file('selected.json', selected));
    expect(entries.map(({ name }) => name)).toEqual(['in-shop']);
    expect([totals.skipped, code]).toEqual([1, 0]);
  });

  test('names the right that is missing, judges the rest, and exits 2', async () => {
    rollOut('web', privileged, 2);
    cluster.lists['/apis/batch/v1/jobs'] = 403;
    const { entries, errors, code } = await live('-f', file('g.json', guardrail()));
    expect(entries).toHaveLength(1);
    expect(errors).toMatchObject([
      { file: 'cluster:jobs', message: expect.stringContaining('{ apiGroups: ["batch"], resources: [jobs], verbs: [list] }') },
    ]);
    expect(code).toBe(2);
  });

  test('asks for the labels of namespaces only where a guardrail does', async () => {
    rollOut('web', good, 1);
    cluster.lists['/api/v1/namespaces'] = 403;
    expect((await live('-f', file('g.json', guardrail()))).code).toBe(0);
    const selected = guardrail({ match: { namespaceSelector: { matchLabels: { tier: 'prod' } } } });
    const { errors, code } = await live('-f', file('selected.json', selected));
    expect([errors.map(({ file: at }) => at), code]).toEqual([['cluster:namespaces'], 2]);
  });

  test('reads one namespace only, where one is named', async () => {
    cluster.answers['/api/v1/namespaces/web'] = { metadata: { name: 'web' } };
    const paths = Object.keys(cluster.lists).filter((path) => path !== '/api/v1/namespaces');
    cluster.lists = Object.fromEntries(
      paths.map((path) => [path.replace('v1/', 'v1/namespaces/web/').replace('/api/v1/namespaces/web/v1/', '/api/v1/'), []]),
    );
    add('/api/v1/namespaces/web/pods', pod('p', onHost, { namespace: 'web' }));
    const { entries, code } = await live('--namespace', 'web', '-f', file('g.json', guardrail()));
    expect([entries.map(line), code]).toEqual([['web Pod/p host-namespaces denied 1 1'], 0]);
    const { errors } = await live('--namespace', 'wbe', '-f', file('g.json', guardrail()));
    expect(errors[0]?.message).toContain('read the namespace "wbe"');
  });

  test('excuses what an exception in the cluster excuses, where the guardrail honours it, but not its pods unless it names them', async () => {
    rollOut('web', privileged, 2);
    const spec = {
      guardrail: 'g',
      rules: ['privileged'],
      match: { name: 'web*' },
      reason: 'r',
      owner: 'o',
      expiresAt: '2027-02-01T00:00:00Z',
    };
    const broken = { metadata: { name: 'broken', namespace: 'shop' }, spec: { ...spec, rules: ['nonesuch'] } };
    const path = '/apis/sallyport.dev/v1alpha1/guardrailexceptions';
    cluster.lists[path] = [{ metadata: { name: 'e', namespace: 'shop' }, spec }, broken];
    const honouring = file('honouring.json', guardrail({ exceptions: { namespaces: ['shop'] } }));
    expect((await live('-f', honouring)).entries).toMatchObject([{ effect: 'excused', exceptions: ['shop/e'] }]);
    expect((await live('-f', file('g.json', guardrail()))).entries).toMatchObject([{ effect: 'denied' }]);
    cluster.lists[path] = [{ metadata: { name: 'e', namespace: 'shop' }, spec: { ...spec, match: { name: 'web' } } }];
    expect((await live('-f', honouring)).entries).toMatchObject([{ effect: 'denied', message: expect.stringContaining('in its pod') }]);
    cluster.lists[path] = 403;
    expect((await live('-f', honouring)).errors).toMatchObject([{ file: 'cluster:guardrailexceptions' }]);
  });

  test('an API server that does not answer is an error and not a clean bill', async () => {
    const config = load(readFileSync(cluster.kubeconfig, 'utf8')) as { clusters: { cluster: { server: string } }[] };
    config.clusters[0]!.cluster.server = 'http://127.0.0.1:9';
    const { code, errors } = await previewed('--kubeconfig', file('away.json', config), '-f', file('g.json', guardrail()));
    expect([code, errors.map((error) => error.file)]).toEqual([2, ['cluster']]);
  });
});

test('where no cluster is named, says how to name one', async () => {
  const { code, errors } = await previewed('-f', file('g.json', guardrail()));
  expect([code, errors[0]?.message]).toEqual([2, expect.stringContaining('--kubeconfig FILE or KUBECONFIG')]);
});

describe('scan --live', () => {
  test('gives a result for each topmost owner, under a name of its own and at line 1', async () => {
    rollOut('web', privileged, 3);
    rollOut('api', good, 2);
    const { code, results } = await scanned('--policies', file('g.json', guardrail()));
    expect(results.map(({ file: at, line: on, kind, name, verdict }) => [at, on, kind, name, verdict])).toEqual([
      ['cluster:shop/Deployment/api', 1, 'Deployment', 'api', 'allow'],
      ['cluster:shop/Deployment/web', 1, 'Deployment', 'web', 'deny'],
    ]);
    expect(code).toBe(1);
  });

  test('takes the params of rules in CEL from the cluster, once, and names the right that is missing', async () => {
    add('/apis/apps/v1/deployments', deployment('web', good), deployment('api', good));
    const limits = '/api/v1/namespaces/policies/configmaps/limits';
    const params = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'policies', name: 'limits' };
    const cel = { params, expression: "object.metadata.name == params.data.name || namespaceObject.metadata.labels.tier != 'prod'" };
    const policy = file('params.json', guardrail({ rules: [{ name: 'r', cel }] }));
    cluster.answers[limits] = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { name: 'web' } };
    const before = cluster.asked.length;
    const { code, results } = await scanned('--policies', policy);
    expect([code, results.map(({ name, verdict }) => `${name} ${verdict}`)]).toEqual([1, ['api deny', 'web allow']]);
    expect(cluster.asked.slice(before).filter((path) => path === limits)).toHaveLength(1);
    delete cluster.answers[limits];
    cluster.lists[limits] = 403;
    const { errors } = await scanned('--policies', policy);
    expect(errors).toMatchObject([
      {
        file: 'cluster:configmaps',
        message: expect.stringMatching(/params from policies\/limits; grant .*verbs: \[get\] \} by a Role in policies$/),
      },
    ]);
  });

  test('a kind that may not be listed makes exit 2, with what is wrong in the rest', async () => {
    rollOut('web', privileged, 1);
    cluster.lists['/api/v1/pods'] = 403;
    const { code, results, errors } = await scanned('--policies', file('g.json', guardrail()));
    expect([code, results.length, errors.map(({ file: at }) => at)]).toEqual([2, 1, ['cluster:pods']]);
  });

  test.each([
    ['a path', ['--live', 'file.yaml'], '--live judges what runs in a cluster, not file.yaml'],
    ['a flag for files', ['--live', '--changed-since', 'main'], '--live and --changed-since exclude each other'],
    ['a kubeconfig without --live', ['--kubeconfig', 'F', 'file.yaml'], 'add --live'],
  ])('refuses %s', async (_, argv, message) => {
    const { code, stderr } = await run(scan, argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

const documents = (path: string) => loadAll(readFileSync(join(home, path), 'utf8')) as ExceptionDocument[];

describe('drafted exceptions', () => {
  test('let enforcement start: with them, nothing is denied any more, and nothing else is excused', async () => {
    rollOut('web', { ...privileged, hostPID: true }, 5);
    rollOut('web-front', good, 2);
    rollOut('injected', good, 2, privileged);
    add('/api/v1/pods', pod('alone', onHost, { namespace: 'web', labels: { team: 'payments' } }));
    add('/api/v1/pods', pod('db-0', onHost, { by: ['Database', 'db'] }), pod('db-1', onHost, { by: ['Database', 'db'] }));
    const warning = file('g.json', guardrail({ mode: 'Warn' }));
    const { drafted, totals } = await live('-f', warning, '--draft-exceptions', 'drafts.yaml');
    expect(totals).toMatchObject({ denied: 0, warned: 4 });
    expect(drafted?.unheard).toEqual([{ guardrail: 'g', namespaces: ['shop', 'web'] }]);
    expect(readFileSync(join(home, 'drafts.yaml'), 'utf8')).toContain('add to its spec.exceptions.namespaces [shop, web]');
    const enforcing = file('enforcing.json', guardrail({ exceptions: { namespaces: ['shop', 'web'] } }));
    expect((await live('-f', enforcing)).totals.denied).toBe(4);
    const applied = await live('-f', enforcing, '--exceptions', 'drafts.yaml');
    expect([applied.code, applied.totals]).toEqual([0, { ...applied.totals, denied: 0, excused: 4, allowed: 1 }]);
    rollOut('web-back', privileged, 1);
    expect(
      (await live('-f', enforcing, '--exceptions', 'drafts.yaml')).entries.filter(({ effect }) => effect === 'denied').map(line),
    ).toEqual(['shop Deployment/web-back privileged denied 1 1']);
  });

  test('excuse the pods as the controllers ask for them, under a name that is yet to be made', async () => {
    add('/apis/apps/v1/deployments', deployment('web', privileged));
    const enforcing = file('enforcing.json', guardrail({ exceptions: { namespaces: ['shop'] } }));
    await live('-f', enforcing, '--draft-exceptions', 'asked.yaml');
    const asked = (labels: Record<string, string>) => {
      const metadata = { namespace: 'shop', generateName: 'web-5d9f-', labels };
      return file('asked.json', asDocument('Pod', { metadata, spec: privileged }));
    };
    const effect = async (labels: Record<string, string>) =>
      (await previewed('-f', enforcing, '--exceptions', 'asked.yaml', asked(labels))).entries.map((entry) => entry.effect);
    expect(await effect({ app: 'web', 'pod-template-hash': '5d9f' })).toEqual(['excused']);
    expect(await effect({ app: 'web-5d9f' })).toEqual(['denied']);
  });

  test('are as narrow as what is wrong, end in thirty days, and have an owner', async () => {
    add(
      '/apis/apps/v1/deployments',
      deployment('web', privileged, { labels: { 'app.kubernetes.io/managed-by': 'Helm', team: 'payments' } }),
    );
    add('/api/v1/pods', pod('alone', onHost, { namespace: 'web' }));
    await live('-f', file('g.json', guardrail()), '--draft-exceptions', 'narrow.yaml');
    const common = { guardrail: 'g', expiresAt: '2027-01-31T00:00:00Z', reason: expect.stringMatching(/^draft: /) };
    expect(documents('narrow.yaml').map(({ spec }) => spec)).toEqual([
      { ...common, owner: 'payments', rules: ['privileged'], match: { name: 'web', containers: ['app'] } },
      { ...common, owner: 'payments', rules: ['privileged'], match: { name: 'web-*', labels: { app: 'web' }, containers: ['app'] } },
      { ...common, owner: 'namespace web', rules: ['host-namespaces'], match: { name: 'alone' } },
    ]);
  });

  test('are drafted for a folder, where they count among the files as well', async () => {
    const folder = file('folder/web.json', asDocument('Deployment', deployment('web', privileged)), asDocument('Pod', pod('p', onHost)));
    const enforcing = file('enforcing.json', guardrail({ exceptions: { namespaces: ['shop'] } }));
    const before = await previewed('-f', enforcing, '--draft-exceptions', 'folder/drafts.yaml', dirname(folder));
    expect([before.totals.denied, before.drafted?.unheard]).toEqual([2, []]);
    expect((await previewed('-f', enforcing, dirname(folder))).totals).toMatchObject({ denied: 0, excused: 2 });
  });

  test.each([
    ['what cannot be read', pod('p', { containers: 'none' }), 'Pod shop/p: it cannot be read as a pod'],
    ['a name that would reach further', pod('*', onHost), 'Pod shop/*: it has names that Kubernetes does not take'],
    [
      'a container of such a name',
      pod('p', { containers: [{ name: 'a*', securityContext: { privileged: true } }] }),
      'Pod shop/p: it has names that Kubernetes does not take',
    ],
  ])('are none for %s, which is told', async (_, object, told) => {
    const { drafted } = await previewed(
      '-f',
      file('g.json', guardrail()),
      '--draft-exceptions',
      'none.yaml',
      file('bad.json', asDocument('Pod', object)),
    );
    expect(drafted?.inexcusable).toEqual([expect.stringContaining(told)]);
    expect(documents('none.yaml')).toEqual([]);
  });
});

const nowhere = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'c', securityContext: { privileged: true } }] } }); // prettier-ignore

const both = () => file('both.json', asDocument('Pod', pod('p', { ...privileged, hostNetwork: true })));

describe('preview', () => {
  const rules = [{ check: 'privileged' }, { check: 'host-namespaces', mode: 'Enforce' }, { check: 'run-as-non-root', mode: 'Audit' }];

  test.each([
    ['as the guardrail is written', [], ['privileged warned', 'host-namespaces denied', 'run-as-non-root audited']],
    ['from Warn, what Enforce would newly deny', ['--since-mode', 'Warn'], ['privileged denied']],
    ['from Off, where a rule of its own mode did nothing either', ['--since-mode', 'Off'], ['host-namespaces denied', 'privileged denied']],
    ['from Enforce, nothing', ['--since-mode', 'Enforce'], []],
  ])('shows %s', async (_, flags, expected) => {
    const { entries, code } = await previewed('-f', file('w.json', guardrail({ mode: 'Warn', rules })), ...flags, both());
    expect([entries.map(({ rule, effect }) => `${rule} ${effect}`).toSorted(), code]).toEqual([expected.toSorted(), 0]);
  });

  test('text says the totals first, then a table', async () => {
    const { stdout, code } = await run(preview, ['-f', file('g.json', guardrail()), both()]);
    expect(stdout).toBe(`\
1 workload with 1 pod in 1 namespace: 1 would be denied, 0 warned, 0 excused, 0 allowed.

NAMESPACE  DENIED  WARNED  EXCUSED  AUDITED  ALLOWED
shop       1       0       0        0        0

NAMESPACE  WORKLOAD  RULE               WOULD BE  PLACES  PODS
shop       Pod/p     g/privileged       denied    1       1
shop       Pod/p     g/host-namespaces  denied    1       1
`);
    expect(code).toBe(0);
  });

  describe('by the configuration', () => {
    const dir = 'configured';
    const config = { policies: ['g.json'], exceptions: ['e.json'], namespace: 'shop', namespaceLabels: { tier: 'prod' }, ignore: ['gone.json'] };
    const scheduled = { mode: 'Audit', schedule: [{ from: '2026-01-01T00:00:00Z', mode: 'Enforce', namespaceSelector: { matchLabels: { tier: 'prod' } } }], exceptions: { namespaces: ['shop'] } };
    const exception = { apiVersion: 'sallyport.dev/v1alpha1', kind: 'GuardrailException', metadata: { name: 'e', namespace: 'shop' }, spec: { guardrail: 'g', rules: ['privileged'], match: { name: 'calm' }, reason: 'r', owner: 'o', expiresAt: '2027-02-01T00:00:00Z' } };

    beforeEach(() => {
      file(`${dir}/.sallyport.yaml`, config);
      file(`${dir}/g.json`, guardrail(scheduled));
      file(`${dir}/e.json`, exception);
      file(`${dir}/pods/wild.json`, nowhere('wild'), nowhere('calm'));
      file(`${dir}/pods/gone.json`, nowhere('gone'));
    });

    test.each<[string, string[], string[]]>([
      ['its guardrails, exceptions, namespaces and ignored paths', [], ['shop/calm excused', 'shop/wild denied']],
      ['a flag goes before it', ['--namespace', 'web'], ['web/calm denied', 'web/wild denied']],
      ['labels, too', ['--namespace-labels', 'tier=dev'], ['shop/calm excused', 'shop/wild audited']],
    ])('%s', async (_, flags, expected) => {
      const { entries, code } = await previewed('--config', `${dir}/.sallyport.yaml`, ...flags, `${dir}/pods`);
      expect([code, entries.map(({ namespace, name, effect }) => `${namespace}/${name} ${effect}`).toSorted()]).toEqual([0, expected]);
    });

    test('it narrows no cluster, and a fault in it is told', async () => {
      cluster.lists['/api/v1/pods'] = [pod('p', privileged), pod('q', privileged, { namespace: 'web' })];
      const { entries } = await live('--config', `${dir}/.sallyport.yaml`);
      expect(entries.map(({ namespace }) => namespace).toSorted()).toEqual(['shop', 'web']);
      writeFileSync(join(home, dir, '.sallyport.yaml'), 'polices: [x]\n');
      const { code, stderr } = await run(preview, ['-f', 'restricted', '--config', `${dir}/.sallyport.yaml`, `${dir}/pods`]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('.sallyport.yaml:1:1: polices: unknown field')]);
    });
  }); // prettier-ignore

  test.each([
    ['no guardrail', ['.'], 'name what is to be previewed'],
    ['a cluster and a path', ['-f', 'restricted', '--kubeconfig', 'F', 'x.yaml'], 'name one of the two'],
    ['an unknown mode', ['-f', 'restricted', '--since-mode', 'warn', 'x.yaml'], 'did you mean Warn?'],
    ['a file for drafts that cannot be written', ['-f', 'restricted', '--draft-exceptions', 'no/where.yaml', 'good.json'], 'ENOENT'],
  ])('refuses %s', async (_, argv, message) => {
    file('good.json', asDocument('Pod', pod('p', good)));
    const { code, stderr } = await run(preview, argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test('what cannot be read is told with the lines around it', async () => {
    writeFileSync(join(home, 'broken.yaml'), 'apiVersion: v1\nkind: Pod\nspec: [\n');
    const { code, stderr } = await run(preview, ['-f', 'restricted', 'broken.yaml']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: broken\.yaml:4:1: .*\n.*3 \| spec: \[\n/)]);
  });

  test.each([
    ['a path that is absent', 'absent.yaml'],
    ['a folder without manifests', 'empty'],
  ])('%s is no clean bill', async (_, path) => {
    mkdirSync(join(home, 'empty'), { recursive: true });
    const { code, errors } = await previewed('-f', 'restricted', path);
    expect([code, errors.map((error) => error.file)]).toEqual([2, [path]]);
  });
});

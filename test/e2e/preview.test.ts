import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../src/cluster/client.ts';
import { pagesOf } from '../../src/cluster/pages.ts';
import type { Io, Run } from '../../src/commands/io.ts';
import { run as preview } from '../../src/commands/preview.ts';
import type { Preview } from '../../src/commands/preview/summary.ts';
import { run as scan } from '../../src/commands/scan.ts';
import type { JsonObject } from '../../src/kube/json.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { until } from '../support/until.ts';

const PODS = 7;

const spec = { containers: [{ name: 'app', image: 'app', securityContext: { privileged: true } }] };
const template = (app: string) => ({ metadata: { labels: { app } }, spec });
const selecting = (app: string) => ({ selector: { matchLabels: { app } }, template: template(app) });
const named = (name: string) => ({ name, namespace: 'shop' });

/** One that is fine, and of each kind one that is not. */
const workloads: readonly object[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment', metadata: named('web'), spec: { replicas: PODS, ...selecting('web') } },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: named('db'), spec: { serviceName: 'db', ...selecting('db') } },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: named('once'),
    spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: named('nightly'),
    spec: { schedule: '0 0 * * *', jobTemplate: { spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } } },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: named('alone'), spec },
  { apiVersion: 'v1', kind: 'Pod', metadata: named('fine'), spec: { containers: [{ name: 'app', image: 'app' }] } },
];

const guardrail = {
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'Guardrail',
  metadata: { name: 'g' },
  spec: { mode: 'Enforce', exceptions: { namespaces: ['shop'] }, rules: [{ check: 'privileged' }, { check: 'host-namespaces' }] },
};

describeEndToEnd('preview of a cluster', () => {
  let plane: ControlPlane;
  let home: string;
  beforeAll(async () => {
    plane = await startControlPlane({ controllerManager: true });
    home = join(plane.dir, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'g.json'), JSON.stringify(guardrail));
    await plane.must(['create', 'namespace', 'shop']);
    await plane.must(['create', '-f', '-'], { input: workloads.map((object) => JSON.stringify(object)).join('\n---\n') });
    // Those of the Deployment, the StatefulSet and the Job, and the two that stand alone.
    await until(
      'every pod is made',
      async () => (await plane.must(['get', 'pods', '-n', 'shop', '-o', 'name'])).split('\n').length > PODS + 4,
    );
  });
  afterAll(() => plane?.stop());

  async function run(command: Run, ...argv: string[]) {
    const heard = { stdout: '', stderr: '' };
    const io: Io = {
      stdout: (text) => void (heard.stdout += text),
      stderr: (text) => void (heard.stderr += text),
      stdin: async () => Buffer.alloc(0),
      cwd: home,
      env: {},
      now: () => new Date(),
      root: new URL('../../', import.meta.url),
      version: '1.2.3',
      termination: () => new AbortController().signal,
    };
    return { code: await command(argv, io), ...heard };
  }

  async function previewed(...argv: string[]) {
    const { code, stdout } = await run(preview, '--format', 'json', '-f', 'g.json', ...argv);
    return { code, ...(JSON.parse(stdout) as Preview & { errors: { file: string; message: string }[] }) };
  }

  test('names each topmost owner once, and with its drafted exceptions nothing is denied', async () => {
    const { code, entries, errors } = await previewed('--kubeconfig', plane.kubeconfig, '--draft-exceptions', 'drafts.yaml');
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(entries.map(({ kind, name, rule, effect, pods }) => [kind, name, rule, effect, pods])).toEqual([
      ['CronJob', 'nightly', 'privileged', 'denied', 0],
      ['Deployment', 'web', 'privileged', 'denied', PODS],
      ['Job', 'once', 'privileged', 'denied', 1],
      ['Pod', 'alone', 'privileged', 'denied', 1],
      ['StatefulSet', 'db', 'privileged', 'denied', 1],
    ]);
    expect(readFileSync(join(home, 'drafts.yaml'), 'utf8')).not.toContain('controller-uid');
    const { totals } = await previewed('--kubeconfig', plane.kubeconfig, '--exceptions', 'drafts.yaml');
    expect(totals).toMatchObject({ denied: 0, excused: 5 });
  });

  test('whoever may list nothing is told every right that is missing', async () => {
    await plane.must(['create', 'serviceaccount', 'nobody', '-n', 'shop']);
    const kubeconfig = plane.kubeconfigFor('nobody', await plane.token('shop', 'nobody'));
    const { code, errors } = await previewed('--kubeconfig', kubeconfig);
    expect([code, errors.map(({ file }) => file)]).toEqual([
      2,
      expect.arrayContaining(['cluster:pods', 'cluster:deployments', 'cluster:jobs', 'cluster:guardrailexceptions']),
    ]);
  });

  test('whoever may list what the errors name, in one namespace, may scan it', async () => {
    await plane.must(['create', 'serviceaccount', 'reader', '-n', 'shop']);
    const rules = [
      { apiGroups: ['', 'apps', 'batch'], resources: ['*'], verbs: ['list'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
      { apiGroups: ['sallyport.dev'], resources: ['guardrailexceptions'], verbs: ['list'] },
    ];
    const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: 'shop' }];
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: named('reader'), rules };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    const binding = { apiVersion: role.apiVersion, kind: 'RoleBinding', metadata: named('reader'), roleRef, subjects };
    await plane.must(['create', '-f', '-'], { input: [role, binding].map((object) => JSON.stringify(object)).join('\n---\n') });
    const kubeconfig = plane.kubeconfigFor('reader', await plane.token('shop', 'reader'));
    const live = ['--live', '--kubeconfig', kubeconfig, '--namespace', 'shop', '--policies', 'g.json', '--format', 'json'];
    const { code, stdout } = await run(scan, ...live);
    const { errors, results } = JSON.parse(stdout) as { errors: unknown[]; results: { file: string; verdict: string }[] };
    expect({ code, errors }).toEqual({ code: 1, errors: [] });
    expect(results.map(({ file, verdict }) => `${file} ${verdict}`)).toEqual([
      'cluster:shop/CronJob/nightly deny',
      'cluster:shop/Deployment/web deny',
      'cluster:shop/Job/once deny',
      'cluster:shop/Pod/alone deny',
      'cluster:shop/Pod/fine allow',
      'cluster:shop/StatefulSet/db deny',
    ]);
  });

  test('a list is read in pages, each object once, and how many are left is known', async () => {
    const client = connect({ kubeconfig: plane.kubeconfig, env: {} });
    const pages: { items: readonly JsonObject[]; remaining: number }[] = [];
    for await (const page of pagesOf(client, '/api/v1/namespaces/shop/pods', { limit: 4, timeout: 10_000 })) pages.push(page);
    await client.close();
    const total = PODS + 4;
    expect(pages.map(({ items, remaining }) => [items.length, remaining])).toEqual([[4, total - 4], [4, total - 8], [total - 8, 0]]); // prettier-ignore
    const uids = pages.flatMap(({ items }) => items.map(({ metadata }) => (metadata as JsonObject)['uid']));
    expect(new Set(uids).size).toBe(total);
  });
});

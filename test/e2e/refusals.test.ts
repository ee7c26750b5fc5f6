import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/kube/json.ts';
import { auditLog } from '../support/audit-log.ts';
import type { AuditLog } from '../support/audit-log.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane, Ran } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { expectGolden } from '../support/golden.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { manifest, manifests } from '../support/manifests.ts';
import type { Replica } from '../support/replica.ts';
import { until } from '../support/until.ts';

const denied = 'admission webhook "guardrails.sallyport.dev" denied the request: ';

const newImage = JSON.stringify({ spec: { containers: [{ name: 'app', image: 'registry.example/web:1.5' }] } });
const newRequests = JSON.stringify({ spec: { containers: [{ name: 'app', resources: { requests: { cpu: '50m' } } }] } });
const finalizers = (list: string[]) => JSON.stringify({ metadata: { finalizers: list } });
const worse = JSON.stringify({ spec: { template: { spec: { hostPID: true } } } });

describeEndToEnd('what a developer is told', () => {
  let plane: ControlPlane;
  let audit: AuditLog;
  let sallyport: Installation;
  beforeAll(async () => {
    audit = auditLog();
    plane = await startControlPlane({ controllerManager: true, apiServerFlags: audit.apiServerFlags });
    sallyport = await install(plane, { set: ['drainDelaySeconds=0'] });
    await sallyport.restart();
  });
  afterAll(async () => {
    await sallyport?.stop();
    await plane?.stop();
    audit?.remove();
  });

  const apply = (file: string, ...flags: string[]) => plane.kubectl(['apply', ...flags, '-f', `${manifests}${file}`]);
  const create = (object: JsonObject, ...flags: string[]) =>
    plane.kubectl(['create', ...flags, '-f', '-'], { input: JSON.stringify(object) });
  const server = () => sallyport.replicas[0] as Replica;

  test('installed with defaults, a bad pod and a bad Deployment are let through with a warning', async () => {
    const pod = await apply('bad-pod.yaml');
    expectGolden('warned-pod', 'kubectl apply -f bad-pod.yaml', said(pod));
    expect(pod).toMatchObject({ code: 0, stdout: 'pod/web created\n' });
    expect(pod.stderr).toMatch(/^Warning: /);
    expect((await apply('bad-deployment.yaml')).stdout).toBe('deployment.apps/shop created\n');
    await plane.must(['wait', '--for=create', 'replicaset', '-l', 'app=shop', '--timeout=30s']);
    expect(await apply('good-pod.yaml')).toEqual({ code: 0, stdout: 'pod/good created\n', stderr: '' });
    await plane.must(['delete', 'pod', 'good', '--force', '--grace-period=0']);
  });

  test('one value enforces', async () => {
    expect(await sallyport.upgrade('mode=Enforce')).toContain('is refused');
    await sallyport.restart();
    const refused = await create(manifest('bad-pod.yaml', 'other'));
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(denied);
  });

  test('a server-side dry run is judged, and changes neither the cluster nor a counter', async () => {
    await until('nothing else to judge', () => settled(server()));
    const before = await judged(server());
    const bad = await create(manifest('bad-pod.yaml', 'dry'), '--dry-run=server');
    const good = await create(manifest('good-pod.yaml', 'dry'), '--dry-run=server');
    expect([bad.code, bad.stderr.includes(denied)]).toEqual([1, true]);
    expect(good).toEqual({ code: 0, stdout: 'pod/dry created (server dry run)\n', stderr: '' });
    expect(await judged(server())).toEqual(before);
    expect((await plane.kubectl(['get', 'pod', 'dry'])).stderr).toContain('NotFound');
  });

  test.each(['pod', 'deployment', 'cronjob'])('a good %s is applied, and a bad one refused', async (kind) => {
    expect(await apply(`good-${kind}.yaml`)).toMatchObject({ code: 0, stderr: '' });
    await plane.must(['create', 'namespace', kind]);
    const refused = await apply(`bad-${kind}.yaml`, '-n', kind);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expectGolden(`refused-${kind}`, `kubectl apply -f bad-${kind}.yaml`, said(refused));
    expect(await plane.must(['get', kind, '-n', kind, '-o', 'name'])).toBe('');
  });

  test('an object without a name yet is refused just as well', async () => {
    const refused = await create({ ...manifest('bad-pod.yaml', ''), metadata: { generateName: 'web-' } });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(denied);
  });

  test('what was refused stands in the log, and in the audit log of the API server', async () => {
    const line = await until('a line for the refusal', () => server().log.find(({ namespace }) => namespace === 'cronjob'));
    expect(line).toMatchObject({
      user: 'admin',
      kind: 'CronJob',
      name: 'report',
      verdict: 'deny',
      findings: [{ path: 'spec.jobTemplate.spec.template.spec.hostPID' }],
    });
    const event = audit
      .events()
      .find(({ objectRef, verb }) => verb === 'create' && objectRef?.namespace === 'cronjob' && objectRef.resource === 'cronjobs');
    expect(event?.annotations).toMatchObject({
      'guardrails.sallyport.dev/digest': line['digest'],
      'guardrails.sallyport.dev/verdict': 'deny',
      'guardrails.sallyport.dev/violations': 'restricted/hostNamespaces',
    });
  });

  test('a privileged debug container is refused', async () => {
    const debug = ['debug', 'good', '--image=registry.example/tools:1', '--container=debugger', '--attach=false'];
    const refused = await plane.kubectl([...debug, '--profile=sysadmin']);
    expect(refused.code).toBe(1);
    expectGolden('refused-debug', 'kubectl debug good --image=registry.example/tools:1 --profile=sysadmin', said(refused));
    expect(await plane.kubectl([...debug, '--profile=restricted'])).toMatchObject({ code: 0 });
    expect(await plane.must(['get', 'pod', 'good', '-o', 'jsonpath={.spec.ephemeralContainers[*].name}'])).toBe('debugger');
  });

  test.each([
    ['label of an old bad pod', ['label', 'pod', 'web', 'team=shop']],
    ['annotation of an old bad pod', ['annotate', 'pod', 'web', 'note=x']],
    ['finalizer put on an old bad pod', ['patch', 'pod', 'web', '-p', finalizers(['trial.example/hold'])]],
    [
      'finalizer taken off an old bad pod',
      ['patch', 'pod', 'web', '-p', '{"metadata":{"$deleteFromPrimitiveList/finalizers":["trial.example/hold"]}}'],
    ],
    ['size of an old bad pod', ['patch', 'pod', 'web', '--subresource=resize', '-p', newRequests]],
    ['status of an old bad pod', ['patch', 'pod', 'web', '--subresource=status', '-p', '{"status":{"phase":"Running"}}']],
    ['image of a good pod', ['patch', 'pod', 'good', '-p', newImage]],
    ['label of an old bad Deployment', ['label', 'deployment', 'shop', 'team=shop']],
    ['finalizer put on an old bad Deployment', ['patch', 'deployment', 'shop', '-p', finalizers(['trial.example/hold'])]],
    ['finalizer taken off an old bad Deployment', ['patch', 'deployment', 'shop', '-p', '{"metadata":{"finalizers":null}}']],
    ['pause of an old bad Deployment', ['rollout', 'pause', 'deployment/shop']],
    ['resumption of an old bad Deployment', ['rollout', 'resume', 'deployment/shop']],
  ])('an edit that makes nothing worse goes through: %s', async (_, args) => {
    const edited = await plane.kubectl(args);
    expect(edited.code).toBe(0);
    // What was there before is told, and tolerated.
    expect(edited.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Warning: tolerated'))).toEqual([]);
  });

  test.each([
    ['image of an old bad pod', ['patch', 'pod', 'web', '-p', newImage]],
    ['one more fault in an old bad Deployment', ['patch', 'deployment', 'shop', '-p', worse]],
    [
      'a privileged debug container in an old bad pod',
      ['debug', 'web', '--image=tools', '--container=debugger', '--attach=false', '--profile=sysadmin'],
    ],
  ])('an edit that makes it worse, or runs other code, is refused: %s', async (_, args) => {
    const refused = await plane.kubectl(args);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(denied);
  });

  test.each([
    ['exec', ['exec', 'web', '-c', 'app', '--', 'true'], 'does not have a host assigned'],
    ['attach', ['attach', 'web', '-c', 'app'], 'does not have a host assigned'],
    ['logs', ['logs', 'web', '-c', 'app'], ''],
  ])('%s is not asked about', async (_, args, answer) => {
    const { stderr } = await plane.kubectl(args);
    expect(stderr).toContain(answer);
    expect(stderr).not.toContain('sallyport');
  });

  test('eviction of an old bad pod is not asked about', async () => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web' }, deleteOptions: { dryRun: ['All'] } };
    const path = '/api/v1/namespaces/default/pods/web/eviction';
    const evicted = await plane.kubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) });
    expect(evicted).toMatchObject({ code: 0, stderr: '' });
  });

  test('pods refused behind an old Deployment: its events and its ReplicaSet tell', async () => {
    await plane.must(['scale', 'deployment', 'shop', '--replicas=1']);
    const condition = '{.items[*].status.conditions[?(@.type=="ReplicaFailure")].message}';
    const ask = ['get', 'replicaset', '-l', 'app=shop', '-o', `jsonpath=${condition}`];
    const message = await until('the condition', () => plane.must(ask));
    expectGolden('replicaset-condition', `kubectl get replicaset -l app=shop -o jsonpath='${condition}'`, `${message}\n`);
    const events = await plane.must(['get', 'events', '--field-selector=reason=FailedCreate']);
    expectGolden('events', 'kubectl get events --field-selector=reason=FailedCreate', firstEvent(events));
    expect(events.trimEnd().split('\n').length).toBeLessThan(30);
  });

  test.each([
    ['an old bad pod', ['delete', 'pod', 'web', '--force', '--grace-period=0']],
    ['an old bad Deployment with all that it owns', ['delete', 'deployment', 'shop', '--cascade=foreground', '--timeout=30s']],
    ['a good pod', ['delete', 'pod', 'good', '--force', '--grace-period=0']],
  ])('%s can be deleted', async (_, args) => {
    expect(await plane.kubectl(args)).toMatchObject({ code: 0 });
    expect((await plane.kubectl(['get', args[1] ?? '', args[2] ?? ''])).stderr).toContain('NotFound');
  });
});

/** The header and one event, whose age is not the same twice. */
function firstEvent(table: string): string {
  const [header = '', event = ''] = table.split('\n');
  const column = header.indexOf('TYPE');
  return `${header.slice(column)}\n${event.slice(column)}\n`;
}

const said = ({ stdout, stderr }: Ran): string => (stdout + stderr).replaceAll(manifests, '');

/** Every counter that a request can change. */
async function judged(server: Replica): Promise<Record<string, number>> {
  const samples = Object.entries(await server.metrics());
  return Object.fromEntries(samples.filter(([name]) => /^sallyport_(decisions|admission|refused|internal|evaluation|request_)/.test(name)));
}

async function settled(server: Replica): Promise<boolean> {
  const before = JSON.stringify(await judged(server));
  await sleep(500);
  return before === JSON.stringify(await judged(server));
}

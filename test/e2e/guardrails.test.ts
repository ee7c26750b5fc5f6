import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/kube/json.ts';
import { connect } from '../../src/cluster/client.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { startLoad } from '../support/load.ts';
import { manifest } from '../support/manifests.ts';
import { until } from '../support/until.ts';

const apiVersion = 'sallyport.dev/v1alpha1';
const plain = manifest('good-pod.yaml', 'plain');
const TWO_SECONDS = { within: 2_000, every: 50 };

const guardrail = (name: string, spec: JsonObject): JsonObject => ({
  apiVersion,
  kind: 'Guardrail',
  metadata: { name },
  spec: { mode: 'Enforce', rules: [{ check: 'host-ports' }], ...spec },
});

const exception = (spec: JsonObject, namespace = 'shop-web'): JsonObject => ({
  apiVersion,
  kind: 'GuardrailException',
  metadata: { name: 'legacy', namespace },
  spec: {
    guardrail: 'no-privileged',
    rules: ['privileged'],
    match: { all: true },
    reason: 'r',
    owner: 'o',
    expiresAt: inDays(30),
    ...spec,
  },
});

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

const privileged = (namespace = 'default'): JsonObject => {
  const pod = structuredClone(plain) as JsonObject & { metadata: JsonObject; spec: { containers: JsonObject[] } };
  pod.metadata['namespace'] = namespace;
  for (const container of pod.spec.containers) container['securityContext'] = { privileged: true };
  return pod;
};

const shared = (namespace: string): JsonObject => {
  const pod = structuredClone(plain) as JsonObject & { metadata: JsonObject; spec: JsonObject };
  pod.metadata['namespace'] = namespace;
  pod.spec['hostNetwork'] = true;
  return pod;
};

describeEndToEnd('guardrails and exceptions as objects', () => {
  let plane: ControlPlane;
  let sallyport: Installation;
  beforeAll(async () => {
    plane = await startControlPlane();
    sallyport = await install(plane, { set: ['mode=Enforce', 'packs=null', 'drainDelaySeconds=0'] });
    for (const name of ['shop-web', 'other']) await plane.must(['create', 'namespace', name]);
    await sallyport.start();
    await sallyport.start();
    await until('registered', async () => (await sallyport.webhooks()).length > 0);
  });
  afterAll(async () => {
    await sallyport?.stop();
    await plane?.stop();
  });

  const apply = (object: JsonObject) => plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  const remove = (...args: string[]) => plane.must(['delete', ...args]);
  const verdict = async (pod: JsonObject): Promise<string> => {
    const { code, stderr } = await plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(pod) });
    if (code !== 0) return stderr.includes('denied the request') ? 'deny' : stderr;
    return stderr.includes('Warning:') ? 'warn' : 'allow';
  };
  const read = async (path: string) =>
    JSON.parse(await plane.must(['get', '--raw', `/apis/${apiVersion}/${path}`])) as JsonObject & { status?: Status; metadata: JsonObject };
  const status = async (path: string) => (await read(path)).status;
  const ready = async (path: string) => (await status(path))?.conditions.find(({ type }) => type === 'Ready');
  const digests = async () =>
    Promise.all(
      sallyport.replicas.map(async (replica) =>
        Object.keys(await replica.metrics()).find((line) => line.startsWith('sallyport_policy_info')),
      ),
    );
  /** Every replica judges by one and the same set, other than this one. */
  const agreed = (before: string | undefined) =>
    until(
      'one digest everywhere',
      async () => {
        const [one, other] = await digests();
        return one === other && one !== before;
      },
      TWO_SECONDS,
    );

  /** For as long as it takes, pods are judged and guardrails are not. */
  const unasked = (act: () => Promise<boolean>) =>
    until('nobody looks', async () => {
      const webhooks = (await sallyport.webhooks()).filter(({ failurePolicy }) => failurePolicy === 'Fail');
      const input = JSON.stringify({ ...(await sallyport.registered()), webhooks });
      await plane.kubectl(['replace', '--raw', registration, '-f', '-'], { input });
      return act();
    });

  const failing = async () => JSON.stringify((await sallyport.webhooks()).filter(({ failurePolicy }) => failurePolicy === 'Fail'));
  const events = () => plane.must(['get', 'events', '--field-selector', 'involvedObject.name=later', '-o', 'jsonpath={.items[*].reason}']);
  const condition = async () => (await status('guardrails/leases'))?.conditions.find(({ type }) => type === 'Reachable');
  const told = () => sallyport.replicas.map((replica) => replica.logged(/has come to an entry of its schedule/));

  test('with nothing but objects and none of them, everything is let through, and what is written is judged by us', async () => {
    expect(await verdict(privileged())).toBe('allow');
    const [entry, ...rest] = await sallyport.webhooks();
    expect(entry).toMatchObject({ name: 'advice.sallyport.dev', failurePolicy: 'Ignore', rules: [{ apiGroups: ['sallyport.dev'] }] });
    expect(rest).toEqual([]);
  });

  test('a guardrail is in force at every replica within two seconds, and registered within five', async () => {
    const [before] = await digests();
    const applied = performance.now();
    expect(
      await apply(guardrail('no-privileged', { rules: [{ check: 'privileged' }], exceptions: { namespaces: ['shop-*'] } })),
    ).toMatchObject({ code: 0 });
    await agreed(before);
    await until('registered', async () => (await verdict(privileged())) === 'deny', {
      within: 5_000 - (performance.now() - applied),
      every: 50,
    });
    expect((await sallyport.webhooks()).map(({ failurePolicy }) => failurePolicy)).toEqual(['Fail', 'Ignore']);
  });

  test('its status says that it is in force, in which mode, and what to fall back to; and is written once', async () => {
    await until('ready', async () => (await ready('guardrails/no-privileged'))?.status === 'True');
    const held = await read('guardrails/no-privileged');
    expect(held.status).toMatchObject({
      observedGeneration: 1,
      mode: 'Enforce',
      conditions: [
        { type: 'Ready', status: 'True', reason: 'InForce', observedGeneration: 1 },
        { type: 'Reachable', status: 'True', reason: 'Registered' },
      ],
      lastGood: { generation: 1, spec: { rules: [{ check: 'privileged' }] } },
    });
    expect(await plane.must(['get', 'gr'])).toMatch(/no-privileged\s+Enforce\s+True\s+/);
    await sleep(2_000);
    expect((await read('guardrails/no-privileged')).metadata['resourceVersion']).toBe(held.metadata['resourceVersion']);
  });

  test('a broken guardrail is refused at once, with every fault, its field and the word that was meant', async () => {
    const broken = guardrail('broken', { exmept: {}, rules: [{ check: 'privilegd' }] });
    const { code, stderr } = await apply(broken);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown field "exmept"; did you mean "exempt"?');
    const { stderr: second } = await apply(
      guardrail('broken', { rules: [{ check: 'privilegd' }, { check: 'capabilities', with: { drp: ['ALL'] } }] }),
    );
    expect(second).toContain(
      'admission webhook "advice.sallyport.dev" denied the request: Guardrail broken: spec.rules[0].check: unknown check "privilegd"; did you mean "privileged"?',
    );
    expect(second).toContain('spec.rules[1].with');
    expect((await plane.kubectl(['get', 'gr', 'broken'])).code).toBe(1);
  });

  test('a guardrail that is weaker than it looks is taken with a warning', async () => {
    const { code, stderr } = await apply(
      guardrail('editable', { mode: 'Audit', match: { namespaceSelector: { matchLabels: { tier: 'prod' } } } }),
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('Warning: spec.match.namespaceSelector: enforcement hangs on tier')]);
    await remove('gr', 'editable');
  });

  test('one that came in broken while nobody looked leaves its last good version in force, says why, and is counted', async () => {
    await sleep(1_000);
    const [before] = await digests();
    await unasked(async () => (await apply(guardrail('no-privileged', { rules: [{ check: 'privilegd' }] }))).code === 0);
    await until('the status says why', async () => (await ready('guardrails/no-privileged'))?.status === 'False');
    expect(await ready('guardrails/no-privileged')).toMatchObject({
      reason: 'Invalid',
      message: 'spec.rules[0].check: unknown check "privilegd"; did you mean "privileged"?; generation 1 stays in force',
    });
    await until('repaired, and still in force', async () => (await verdict(privileged())) === 'deny');
    expect(await digests()).toEqual([before, before]);
    for (const replica of sallyport.replicas)
      expect(await replica.metrics()).toMatchObject({ 'sallyport_broken_guardrails{guardrail="no-privileged"}': 1 });
  });

  test('it stays in force when every server is started anew, from its status', async () => {
    await sallyport.restart(2);
    await until('in force', async () => (await verdict(privileged())) === 'deny');
    expect(await status('guardrails/no-privileged')).toMatchObject({
      lastGood: { generation: 1, spec: { rules: [{ check: 'privileged' }] } },
    });
  });

  test('under load, one that an older server does not understand and one that is deleted hold up no request, and each is judged by a whole set', async () => {
    await apply(guardrail('no-privileged', { rules: [{ check: 'privileged' }] }));
    const client = connect({ kubeconfig: plane.kubeconfig, env: {} });
    const from = sallyport.replicas.map(({ log }) => log.length);
    const load = startLoad(client, { good: plain, bad: privileged(), perSecond: 30 });
    for (let round = 0; round < 3; round++) {
      await apply(guardrail('comes-and-goes', { rules: [{ check: 'privileged' }, { check: 'run-as-non-root' }] }));
      await apply(guardrail('as-well', { rules: [{ check: 'privileged' }] }));
      await sleep(700);
      // A newer server lets it in, which the older one does not know of: nobody asks a webhook for a moment.
      await unasked(async () => (await apply(guardrail('as-well', { rules: [{ check: 'of-the-next-version' }] }))).code === 0);
      await until('broken', async () => (await ready('guardrails/as-well'))?.status === 'False');
      await remove('gr', 'comes-and-goes', 'as-well');
      await sleep(700);
    }
    await load.stop();
    await client.close();
    expect(load.sent).toBeGreaterThan(100);
    expect(load.lost).toEqual([]);
    const refusals = sallyport.replicas.flatMap(({ log }, index) =>
      log.slice(from[index]).filter(({ verdict, kind }) => verdict === 'deny' && kind === 'Pod'),
    );
    const byDigest = Map.groupBy(refusals, ({ digest }) => digest);
    expect(byDigest.size).toBeGreaterThanOrEqual(2);
    for (const [digest, decisions] of byDigest)
      expect([digest, new Set(decisions.map(({ guardrails, findingCount }) => JSON.stringify([guardrails, findingCount]))).size]).toEqual([digest, 1]); // prettier-ignore
  });

  test('an exception excuses where the guardrail says so, within two seconds, and nowhere else', async () => {
    await apply(guardrail('no-privileged', { rules: [{ check: 'privileged' }], exceptions: { namespaces: ['shop-*'] } }));
    expect(await apply(exception({}))).toMatchObject({ code: 0, stderr: '' });
    await until('excused', async () => (await verdict(privileged('shop-web'))) === 'allow', TWO_SECONDS);
    expect(await verdict(privileged('other'))).toBe('deny');
    const elsewhere = await apply(exception({}, 'other'));
    expect([elsewhere.code, elsewhere.stderr]).toEqual([0, expect.stringContaining('honours no exceptions in the namespace other')]);
    await until('told', async () => (await ready('namespaces/other/guardrailexceptions/legacy'))?.reason === 'NotHonoured');
    await until('honoured', async () => (await ready('namespaces/shop-web/guardrailexceptions/legacy'))?.status === 'True');
    expect(await verdict(privileged('other'))).toBe('deny');
    await remove('gre', 'legacy', '-n', 'shop-web');
    await until('not excused any more', async () => (await verdict(privileged('shop-web'))) === 'deny', TWO_SECONDS);
  });

  test.each([
    ['has run out', { expiresAt: inDays(-1) }, 'spec.expiresAt'],
    ['holds too long', { expiresAt: inDays(120) }, 'an exception may hold 90 days at most'],
    ['names no guardrail', { guardrail: 'no-privilege' }, 'did you mean "no-privileged"?'],
    ['names no rule', { rules: ['privilegd'] }, 'did you mean "privileged"?'],
  ])('an exception that %s is refused', async (_, spec, word) => {
    const { code, stderr } = await apply(exception(spec));
    expect([code, stderr]).toEqual([1, expect.stringContaining(word)]);
  });

  test('labels of a namespace decide at once, also of one that is new', async () => {
    const selector = { matchLabels: { tier: 'prod' } };
    await apply(guardrail('prod', { rules: [{ check: 'host-namespaces' }], match: { namespaceSelector: selector } }));
    await plane.must(['label', 'namespace', 'shop-web', 'tier=prod']);
    await until('refused', async () => (await verdict(shared('shop-web'))) === 'deny', { within: 5_000 });
    expect(await verdict(shared('other'))).toBe('allow');
    const fresh = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh', labels: { tier: 'prod' } } };
    await plane.must(['create', '-f', '-'], { input: JSON.stringify(fresh) });
    expect(await verdict(shared('fresh'))).toBe('deny');
    await plane.must(['label', 'namespace', 'shop-web', 'tier-']);
    await until('let through', async () => (await verdict(shared('shop-web'))) === 'allow', TWO_SECONDS);
    await remove('gr', 'prod');
  });

  test('a schedule flips at its time without an edit, moves the registration, and leaves an Event', async () => {
    const from = new Date(Date.now() + 6_000).toISOString();
    await apply(
      guardrail('later', { mode: 'Warn', schedule: [{ from, mode: 'Enforce' }], rules: [{ check: 'host-namespaces' }], match: configMaps }),
    );
    await until('status', async () => (await status('guardrails/later'))?.nextChange !== undefined, { within: 5_000 });
    expect(await status('guardrails/later')).toMatchObject({ mode: 'Warn', schedule: [{ mode: 'Enforce', inForce: false }] });
    expect(await failing()).not.toContain('configmaps');
    await until('flipped', async () => (await status('guardrails/later'))?.mode === 'Enforce', { within: 15_000 });
    expect(await status('guardrails/later')).toMatchObject({ schedule: [{ mode: 'Enforce', inForce: true }] });
    await until('moved', async () => (await failing()).includes('configmaps'), { within: 5_000 });
    await until('an event', async () => (await events()) === 'ScheduleInForce', { within: 5_000 });
    await until('every replica says so', () => told().every((times) => times > 0), { within: 3_000 });
    expect(told()).toEqual([1, 1]);
    await remove('gr', 'later');
  });

  test('a guardrail that matches what the API server never asks about says so, and is in force for the rest', async () => {
    const leases = {
      resourceRules: [
        { apiGroups: ['coordination.k8s.io', ''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['leases', 'configmaps'] },
      ],
    };
    await apply(guardrail('leases', { mode: 'Audit', match: leases }));
    expect(await until('told', condition)).toMatchObject({
      status: 'False',
      reason: 'Excluded',
      message: expect.stringContaining('coordination.k8s.io/leases'),
    });
    await remove('gr', 'leases');
  });

  test('while the API server is away the servers stay ready, judge on, and say how old their knowledge is', async () => {
    await plane.stopApiServer();
    await sleep(4_000);
    for (const replica of sallyport.replicas) {
      expect(await replica.ready()).toBe(true);
      expect((await replica.metrics())['sallyport_policy_age_seconds']).toBeGreaterThanOrEqual(3);
      expect(await replica.readyz()).toMatch(/\[\+\] policies ok: as the API server had them \d+ s ago/);
      expect(replica.logged(/objects of the cluster cannot be read/)).toBeGreaterThan(0);
    }
    await plane.startApiServer();
    const [before] = await digests();
    await apply(guardrail('after', { mode: 'Audit' }));
    await until(
      'caught up',
      async () => {
        const [one, other] = await digests();
        return one === other && one !== before;
      },
      { within: 10_000 },
    );
    await remove('gr', 'after');
  });

  test('without the kinds, files alone are judged by; the kinds are found when they come back', async () => {
    await remove('crd', 'guardrails.sallyport.dev', 'guardrailexceptions.sallyport.dev');
    await until('nothing is in force', async () => (await verdict(privileged())) === 'allow', { within: 20_000 });
    await sallyport.upgrade('podLabels.again=yes');
    await until(
      'the kind is served',
      async () => (await apply(guardrail('no-privileged', { rules: [{ check: 'privileged' }] }))).code === 0,
    );
    await until('in force again', async () => (await verdict(privileged())) === 'deny', { within: 20_000 });
    // Once a kind at most, however often it was looked for.
    for (const replica of sallyport.replicas) expect([1, 2]).toContain(replica.logged(/knows no such kind/));
  });
});

const registration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport';
const configMaps = { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }] };

interface Status {
  readonly mode?: string;
  readonly nextChange?: string;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[];
}

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/kube/json.ts';
import { auditLog } from '../support/audit-log.ts';
import type { AuditEvent, AuditLog } from '../support/audit-log.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { manifest } from '../support/manifests.ts';
import { startReplica } from '../support/replica.ts';
import type { Replica } from '../support/replica.ts';
import { startService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { post, review } from '../support/webhook.ts';

const bad = manifest('bad-pod.yaml', 'bad');

describeEndToEnd('from installing to uninstalling', () => {
  let plane: ControlPlane;
  let audit: AuditLog;
  let sallyport: Installation | undefined;
  beforeAll(async () => {
    audit = auditLog();
    plane = await startControlPlane({ controllerManager: true, apiServerFlags: audit.apiServerFlags });
  });
  afterAll(async () => {
    await sallyport?.stop();
    await plane?.stop();
    audit?.remove();
  });

  const installed = async (namespace: string, ...set: string[]) => {
    if ((await sallyport?.registered()) != null) await sallyport?.helm('uninstall', 'sallyport');
    await sallyport?.stop();
    // They outlive a release, and belong to it.
    await plane.must(['delete', 'crd', 'guardrails.sallyport.dev', 'guardrailexceptions.sallyport.dev', '--ignore-not-found']);
    sallyport = await install(plane, { namespace, set: [...set, 'drainDelaySeconds=0'] });
    await sallyport.restart();
    return sallyport;
  };
  const json = async (...args: string[]) => JSON.parse(await plane.must(['get', ...args, '-o', 'json'])) as JsonObject;
  /** What the servers write, but for the times in the Lease. */
  const kept = async () => ({
    registration: await json('validatingwebhookconfiguration', 'sallyport'),
    certificates: (await json('secret', 'sallyport-tls', '-n', 'guard'))['data'],
    holder: ((await json('lease', 'sallyport', '-n', 'guard'))['spec'] as JsonObject)['holderIdentity'],
  });
  const create = (object: JsonObject) => plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(object) });

  test('installed with defaults, nobody is broken while no server answers', async () => {
    const release = await installed('guard');
    expect((await create(bad)).stderr).toContain('Warning: spec.hostNetwork');
    await release.replicas[0]?.end('SIGTERM');
    expect(await create(bad)).toEqual({ code: 0, stdout: 'pod/bad created (server dry run)\n', stderr: '' });
    await release.start();
    await until('it warns again', async () => (await create(bad)).stderr.includes('Warning: spec.hostNetwork'));
  });

  test('an upgrade leaves alone what the servers keep', async () => {
    const leader = sallyport?.replicas.at(-1) as Replica;
    await until('the server leads', () => leader.logged(/^leading/) === 1, { within: 60_000 });
    const before = await kept();
    expect(before.holder).not.toBe('');
    await sallyport?.upgrade('podLabels.changed=yes', 'replicas=3');
    expect(await kept()).toEqual(before);
    expect(leader.logged(/^no longer leading/)).toBe(0);
  });

  test.each([
    ['with defaults', 'plain', []],
    ['where the servers make the Lease', 'argo', ['lease.create=false']],
  ])('each right that the chart grants is used, and none is missing: %s', async (_, namespace, set) => {
    await installed(namespace, ...set);
    const user = `system:serviceaccount:${namespace}:sallyport`;
    const asked = () => audit.events().filter((event) => event.user.username === user);
    const roles = await json('clusterroles,roles', '-A', '-l', 'app.kubernetes.io/name=sallyport');
    const granted = (roles['items'] as unknown as Role[]).flatMap(grants).toSorted();
    const used = () => [...new Set(asked().map((event) => narrowest(granted, use(event))))].toSorted();
    await askForAll();
    await until(`all of it is used: ${String(granted)}`, () => granted.every((right) => used().includes(right)), { within: 60_000 });
    expect(used()).toEqual(granted);
    expect(asked().filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
  });

  /** What makes the servers need every right that they have. */
  async function askForAll(): Promise<void> {
    const schedule = [{ from: new Date(Date.now() + 5_000).toISOString(), mode: 'Warn' }];
    const rules = [{ podSecurity: { fromNamespaceLabels: true } }, { check: 'host-ports' }];
    const match = { namespaceSelector: { matchExpressions: [{ key: 'level', operator: 'DoesNotExist' }] } };
    const spec = {
      guardrail: 'all',
      allRules: true,
      match: { all: true },
      reason: 'r',
      owner: 'o',
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    };
    const apiVersion = 'sallyport.dev/v1alpha1';
    await apply({ apiVersion, kind: 'Guardrail', metadata: { name: 'all' }, spec: { mode: 'Audit', schedule, match, rules } });
    await until(
      'the guardrail is known',
      async () =>
        (await apply({ apiVersion, kind: 'GuardrailException', metadata: { name: 'all', namespace: 'default' }, spec })).code === 0,
    );
    await until('pods are looked at', async () => {
      await plane.must(['label', 'namespace', 'default', '--overwrite', 'pod-security.kubernetes.io/enforce=baseline']);
      await plane.must(['label', 'namespace', 'default', 'pod-security.kubernetes.io/enforce-']);
      return audit.events().some(({ verb, objectRef }) => verb === 'list' && objectRef?.resource === 'pods');
    });
    // The API server itself never asks about a namespace that is not there.
    const object = { ...bad, metadata: { name: 'bad', namespace: 'nowhere' } };
    const [replica] = sallyport?.replicas ?? [];
    await post(replica?.port ?? 0, review({ namespace: 'nowhere', object }), { rejectUnauthorized: false });
  }
  const apply = (object: JsonObject) => plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });

  test('uninstalled, the cluster takes pods again, and a server that is left over does not come back', async () => {
    const release = await installed('gone', 'mode=Enforce');
    expect((await create(bad)).stderr).toContain('denied the request');
    await release.helm('uninstall', 'sallyport');
    expect(await create(bad)).toMatchObject({ code: 0, stderr: '' });
    await until('the server has looked again', () => release.replicas[0]?.logged(/cannot be kept/));
    expect(await release.registered()).toBe(null);
  });

  test('a namespace that is deleted takes the registration along, also when no server is left', async () => {
    const release = await installed('torn', 'mode=Enforce');
    await release.replicas[0]?.end('SIGKILL');
    expect((await create(bad)).stderr).toContain('failed calling webhook');
    await plane.must(['delete', 'namespace', 'torn', '--timeout=60s']);
    await until('the registration is gone', async () => (await release.registered()) === null);
    expect(await create(bad)).toMatchObject({ code: 0, stderr: '' });
  });

  test('from a laptop: a server registers itself by URL where nothing is installed, and leaves nothing behind', async () => {
    const all = 'validatingwebhookconfigurations,leases,secrets,configmaps,serviceaccounts';
    const objects = () => plane.must(['get', all, '-n', 'default', '-o', 'name']);
    const before = await objects();
    const service = await startService();
    const url = `--register-url=https://127.0.0.1:${service.port}`;
    const laptop = await startReplica(['--tls-self-signed', url, '--registration=laptop', `--kubeconfig=${plane.kubeconfig}`]);
    service.add(laptop);
    await until('it refuses', async () => (await create(bad)).stderr.includes('denied the request'));
    expect(await laptop.end('SIGINT')).toBe(0);
    await service.close();
    expect(await create(bad)).toMatchObject({ code: 0, stderr: '' });
    expect(await objects()).toBe(before);
  });

  test('from two laptops: what was deleted by hand while one led is not made again by the other', async () => {
    const service = await startService();
    const url = `--register-url=https://127.0.0.1:${service.port}`;
    const start = () => startReplica(['--tls-self-signed', url, '--registration=laptop', `--kubeconfig=${plane.kubeconfig}`]);
    const one = await start();
    service.add(one);
    await until('it refuses', async () => (await create(bad)).stderr.includes('denied the request'));
    const other = await start();
    service.add(other);
    await until('the other stands by', () => other.ready());
    await plane.must(['delete', 'validatingwebhookconfiguration', 'laptop']);
    await one.end('SIGINT');
    await until('the other leads', () => other.logged(/^leading/) === 1);
    await until('it sees what is missing', () => other.logged(/there is no such registration/) === 1);
    expect(await create(bad)).toMatchObject({ code: 0, stderr: '' });
    expect(await other.end('SIGINT')).toBe(0);
    await service.close();
  });
});

interface Role {
  readonly metadata: { readonly namespace?: string };
  readonly rules: readonly { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

/** Every single right of a role: `get leases.coordination.k8s.io guard/sallyport`. */
function grants({ metadata: { namespace = '' }, rules }: Role): string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => resourceNames.map((name) => `${verb} ${resource}.${group} ${namespace}/${name}`)),
      ),
    ),
  );
}

/** Of the rights that a request may have used the one that allows least: without a name it allows every name. */
function narrowest(granted: readonly string[], used: string): string {
  const [, right = '', namespace = ''] = /^(\S+ \S+) ([^/]*)/.exec(used) ?? [];
  return [used, `${right} ${namespace}/`, `${right} /`].find((candidate) => granted.includes(candidate)) ?? used;
}

/** The right that a request needed. No rule can name what is to be created. */
function use({ verb, objectRef, requestURI }: AuditEvent): string {
  if (!objectRef) return `${verb} ${requestURI}`;
  const { resource, apiGroup = '', namespace = '', name = '', subresource } = objectRef;
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${path}.${apiGroup} ${namespace}/${verb === 'create' ? '' : name}`;
}

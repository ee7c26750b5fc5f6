import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/kube/json.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';

const chart = fileURLToPath(new URL('../../charts/sallyport', import.meta.url));
const manifests = fileURLToPath(new URL('../../deploy/sallyport.yaml', import.meta.url));

const registration = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sallyport';
const inNamespace = (namespace: string) => ({
  registration,
  lease: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/sallyport`,
  secret: `/api/v1/namespaces/${namespace}/secrets/sallyport-tls`,
});

/** What the servers fill in; the entry matches nothing that these tests do. */
const filled = {
  registration: {
    webhooks: [
      {
        name: 'trial.sallyport.dev',
        clientConfig: { url: 'https://127.0.0.1:1/validate' },
        rules: [{ apiGroups: ['trial.example'], apiVersions: ['*'], operations: ['CREATE'], resources: ['*'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  },
  lease: { spec: { holderIdentity: 'one', leaseDurationSeconds: 15 } },
  secret: { data: { 'tls.crt': 'YQ==' } },
};

describeEndToEnd('the chart on a real API server', () => {
  let plane: ControlPlane;
  let servers: string;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.stop());

  const helm = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await plane.helm([...args, '-n', 'guard']);
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
    return stdout + stderr;
  };
  const upgrade = (...set: string[]) => helm(['upgrade', 'sallyport', chart, '--reset-then-reuse-values', ...set]);
  const read = async (path: string, kubeconfig = plane.kubeconfig) =>
    JSON.parse(await plane.must(['get', '--raw', path], { kubeconfig })) as JsonObject;
  const fill = async (path: string, part: JsonObject, kubeconfig = plane.kubeconfig) => {
    const input = JSON.stringify({ ...(await read(path, kubeconfig)), ...part });
    await plane.must(['replace', '--raw', path, '-f', '-'], { kubeconfig, input });
  };
  const registered = async () => (await plane.kubectl(['get', '--raw', registration])).code === 0;

  test('the API server takes every field of the kinds', async () => {
    const { stdout } = await plane.helm(['template', 'sallyport', chart, '--show-only', 'templates/crds.yaml']);
    const { code, stderr } = await plane.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input: stdout });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('installs without a warning, and says how to enforce, check, and break the glass', async () => {
    const notes = await helm(['install', 'sallyport', chart, '--create-namespace']);
    expect(notes).not.toMatch(/warning:/i);
    expect(notes).toContain('mode Warn');
    expect(notes).toContain('--set mode=Enforce');
    expect(notes).toContain('kubectl delete validatingwebhookconfiguration sallyport\n');
    expect(notes).toContain('registration.enabled=false');
    expect(await read(registration)).not.toHaveProperty('webhooks');
    servers = plane.kubeconfigFor('servers', await plane.token('guard', 'sallyport'));
  });

  test.each([
    ['server-side apply', '--server-side=true'],
    ['client-side merge', '--server-side=false'],
  ])('what the servers fill in, with no more than the rights of the chart, survives an upgrade by %s', async (_, flag) => {
    for (const [key, path] of Object.entries(inNamespace('guard'))) await fill(path, filled[key as keyof typeof filled], servers);
    await upgrade(flag, '--set', `replicas=${flag.length}`, '--set', 'podLabels.changed=yes');
    expect(await read('/apis/apps/v1/namespaces/guard/deployments/sallyport')).toMatchObject({ spec: { replicas: flag.length } });
    for (const [key, path] of Object.entries(inNamespace('guard')))
      expect(await read(path)).toMatchObject(filled[key as keyof typeof filled]);
  });

  test.each([
    ['create a Lease', '/apis/coordination.k8s.io/v1/namespaces/guard/leases', 'create'],
    ['list Secrets of the namespace', '/api/v1/namespaces/guard/secrets', 'get'],
    ['read another Secret', '/api/v1/namespaces/guard/secrets/other', 'get'],
    ['read a Secret of its name elsewhere', '/api/v1/namespaces/default/secrets/sallyport-tls', 'get'],
    ['read another registration', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/other', 'get'],
    ['delete its registration', registration, 'delete'],
    ['delete guardrails', '/apis/sallyport.dev/v1alpha1/guardrails', 'delete'],
    ['read Secrets elsewhere', '/api/v1/namespaces/default/secrets', 'get'],
    ['read a pod by name', '/api/v1/namespaces/default/pods/x', 'get'],
    ['delete Events', '/api/v1/namespaces/default/events', 'delete'],
  ])('the servers may not %s', async (_, path, verb) => {
    const body = JSON.stringify({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'other' } });
    const args = verb === 'create' ? ['create', '--raw', path, '-f', '-'] : [verb, '--raw', path];
    const { code, stderr } = await plane.kubectl(args, { kubeconfig: servers, input: body });
    expect(code).toBe(1);
    expect(stderr).toContain('Forbidden');
  });

  test('the servers may read the one namespace that is to own the registration', async () => {
    expect(await read('/api/v1/namespaces/guard', servers)).toMatchObject({ metadata: { name: 'guard' } });
  });

  test('the API server’s own restricted profile lets the pod in', async () => {
    await plane.must(['create', 'namespace', 'strict']);
    await plane.must(['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted']);
    const { spec } = (await read('/apis/apps/v1/namespaces/guard/deployments/sallyport')) as { spec: { template: { spec: JsonObject } } };
    const create = (pod: JsonObject) => {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'trial', namespace: 'strict' }, spec: pod });
      return plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input });
    };
    expect(await create(spec.template.spec)).toMatchObject({ code: 0, stderr: '' });
    expect((await create({ ...spec.template.spec, hostNetwork: true })).stderr).toContain('violates PodSecurity');
  });

  test('break-glass by value takes the registration away and keeps it off; it comes back empty', async () => {
    expect(await upgrade('--set', 'registration.enabled=false')).toContain('It is not registered');
    expect(await registered()).toBe(false);
    await upgrade('--set', 'replicas=1');
    expect(await registered()).toBe(false);
    await upgrade('--set', 'registration.enabled=true');
    expect(await read(registration)).not.toHaveProperty('webhooks');
  });

  test.each([
    ['in the node’s network', { hostNetwork: true, port: 9443, listenAddress: '::' }],
    [
      'with mounts of all kinds',
      {
        guardrails: { 'team.yaml': guardrail() },
        tls: { source: 'secret', secretName: 's', client: { configMapName: 'c', commonName: 'n' } },
      },
    ],
    [
      'with a narrow network and loose scheduling',
      {
        networkPolicy: { apiServerCIDRs: ['10.0.0.1/32'] },
        podDisruptionBudget: { maxUnavailable: '50%' },
        tolerations: [{ operator: 'Exists' }],
        affinity: { nodeAffinity: {} },
        updateStrategy: { type: 'Recreate' },
        lease: { create: false },
      },
    ],
  ])('the API server takes every field: %s', async (_, values) => {
    const { stdout } = await plane.helm([
      'template',
      'other',
      chart,
      '-n',
      'guard',
      '--set-json',
      `image={"tag":"x"}`,
      '--set',
      'crds.create=false',
      ...jsonFlags(values),
    ]);
    const { code, stderr } = await plane.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input: stdout });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('kubectl explains the kinds, and knows their short names', async () => {
    await plane.must(['apply', '-f', '-'], { input: JSON.stringify(guardrail()) });
    expect(await plane.must(['explain', 'guardrail.spec.rules'])).toMatch(
      /check\s+<string>\s+Id of a built-in check\.[^]*exemptImages[^]*podSecurity\s+<Object>/,
    );
    expect(await plane.must(['explain', 'guardrail.spec.mode'])).toMatch(/Enforce\s+Warn\s+Audit\s+Off\s/);
    expect(await plane.must(['explain', 'gre.spec.match.containers'])).toContain('Names of containers');
    expect(await plane.must(['get', 'gr', '-o', 'name'])).toBe('guardrail.sallyport.dev/g\n');
    expect(await plane.must(['get', 'guardrails'])).toMatch(/^NAME\s+MODE\s+NEXT CHANGE\s+READY\s+AGE\n/);
  });

  test('a field that the kind does not know is kept, so that it can be refused', async () => {
    const misspelt = guardrail() as JsonObject & { spec: JsonObject };
    const input = JSON.stringify({ ...misspelt, spec: { ...misspelt.spec, exmept: {}, match: { namspaceSelector: {} } } });
    await plane.must(['apply', '--validate=strict', '-f', '-'], { input });
    expect(await read('/apis/sallyport.dev/v1alpha1/guardrails/g')).toMatchObject({
      spec: { exmept: {}, match: { namspaceSelector: {} } },
    });
  });

  test('uninstalling leaves nothing behind but the kinds and what was written in them', async () => {
    await helm(['uninstall', 'sallyport']);
    expect(await plane.must(['get', 'gr', '-o', 'name'])).toBe('guardrail.sallyport.dev/g\n');
    await plane.must(['delete', 'crd', 'guardrails.sallyport.dev', 'guardrailexceptions.sallyport.dev']);
    const kinds =
      'validatingwebhookconfigurations,clusterroles,clusterrolebindings,all,secrets,leases,serviceaccounts,roles,rolebindings,resourcequotas,networkpolicies,poddisruptionbudgets';
    expect(await plane.must(['get', kinds, '-A', '-l', 'app.kubernetes.io/name=sallyport', '-o', 'name'])).toBe('');
  });

  test('the plain manifests install, and applying them again leaves alone what the servers filled in', async () => {
    const first = await plane.kubectl(['apply', '--validate=strict', '-f', manifests]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    for (const [key, path] of Object.entries(inNamespace('sallyport'))) await fill(path, filled[key as keyof typeof filled]);
    const again = await plane.must(['apply', '-f', manifests]);
    // kubectl sends a budget again whatever it holds: its selector's patch strategy is replace.
    const changed = again.match(/^(?!poddisruptionbudget).*(?<!unchanged)$/gm);
    expect(changed?.filter((line) => line !== '')).toEqual([]);
    for (const [key, path] of Object.entries(inNamespace('sallyport')))
      expect(await read(path)).toMatchObject(filled[key as keyof typeof filled]);
  });
});

function guardrail(): JsonObject {
  return {
    apiVersion: 'sallyport.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name: 'g' },
    spec: { mode: 'Warn', rules: [{ check: 'privileged' }] },
  };
}

const jsonFlags = (values: JsonObject): string[] =>
  Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { load, loadAll } from 'js-yaml';
import { generate, run } from '../src/commands/generate.ts';
import { chart, isGroup } from '../src/commands/generate/chart-schema.ts';
import type { ValueSchema } from '../src/commands/generate/chart-schema.ts';
import { definitions } from '../src/commands/generate/crds.ts';
import { findHelm } from '../src/commands/generate/helm.ts';
import type { Io } from '../src/commands/io.ts';
import { policySet } from '../src/commands/policy-flags.ts';
import { serveOptions } from '../src/commands/serve/options.ts';
import { fromManifest } from '../src/engine/from-manifest.ts';
import { isObject } from '../src/kube/json.ts';
import type { JsonObject } from '../src/kube/json.ts';
import { judge } from '../src/policy/judge.ts';
import { loadGuardrails } from '../src/policy/load.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(root + path, 'utf8');
const schema = JSON.parse(read(`${chart}/values.schema.json`)) as ValueSchema & JsonObject;
const templates = readdirSync(`${root}${chart}/templates`).map((file) => ({ file, text: read(`${chart}/templates/${file}`) }));

const helm = findHelm(process.env);
if (helm === null) process.stderr.write('chart renderings skipped: helm is neither on PATH nor in KUBEBUILDER_ASSETS\n');
const describeHelm = helm === null ? describe.skip : describe;

interface Manifest extends JsonObject {
  kind: string;
  metadata: { name: string } & JsonObject;
}

interface Row {
  readonly name: string;
  readonly values: JsonObject;
  /** `Kind` or `Kind/name` -> what it must hold. */
  readonly holds?: Readonly<Record<string, object>>;
  /** Of the pod spec. */
  readonly pod?: object;
  /** Of its container. */
  readonly container?: object;
  readonly args?: readonly string[];
  /** Beginnings of arguments that must not be there. */
  readonly noArgs?: readonly string[];
  /** Kinds, or fields of the pod spec, that must not be there. */
  readonly absent?: readonly string[];
}

const guardrail = {
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'Guardrail',
  metadata: { name: 'g' },
  spec: { mode: 'Warn', rules: [{ check: 'privileged' }] },
};
const digest = `sha256:${'a'.repeat(64)}`;
const writes = (group: string, resource: string, name: string) => ({
  apiGroups: [group],
  resources: [resource],
  resourceNames: [name],
  verbs: ['get', 'update'],
});
const leases = writes('coordination.k8s.io', 'leases', 'sallyport');
const secrets = writes('', 'secrets', 'sallyport-tls');
const namespaces = { apiGroups: [''], resources: ['namespaces'], resourceNames: ['guard'], verbs: ['get'] };
const registrations = writes('admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'sallyport');
/** What the servers need for objects, beside what they need for files. */
const objects = [
  { apiGroups: ['sallyport.dev'], resources: ['guardrails', 'guardrailexceptions'], verbs: ['list', 'watch'] },
  { apiGroups: ['sallyport.dev'], resources: ['guardrails/status', 'guardrailexceptions/status'], verbs: ['update'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create'] },
];
const owners = [
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] },
];
const listPods = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };

const rows: readonly Row[] = [
  {
    name: 'defaults warn, and register two servers with a certificate of their own',
    values: {},
    args: [
      'serve',
      '--listen=0.0.0.0:8443',
      '--ops-listen=0.0.0.0:8080',
      '--register-service=guard/sallyport',
      '--registration=sallyport',
      '--exclude-namespace=kube-system',
      '--exclude-namespace=kube-node-lease',
      '--exclude-namespace=guard',
      '--mode=Warn',
      '--policies=restricted',
      '--tls-secret=guard/sallyport-tls',
      '--drain-delay=15',
      '--log-level=info',
    ],
    noArgs: [
      '--no-registration',
      '--tls-cert',
      '--pod-security',
      '--client-ca',
      '--no-guardrail-objects',
      '--upstream',
      '--objects-only',
      '--max-exception-days',
    ],
    holds: {
      Deployment: { spec: { replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } },
      PodDisruptionBudget: { spec: { maxUnavailable: 1 } },
      Service: { spec: { ports: [{ name: 'webhook', port: 443, targetPort: 'webhook' }, { name: 'ops' }] } },
      ServiceAccount: { automountServiceAccountToken: false },
      ResourceQuota: { spec: { scopeSelector: { matchExpressions: [{ values: ['system-cluster-critical'] }] } } },
      ClusterRole: { rules: [registrations, ...objects, listPods] },
      Role: { rules: [leases, secrets, namespaces] },
    },
    pod: { priorityClassName: 'system-cluster-critical', terminationGracePeriodSeconds: 50, automountServiceAccountToken: true },
    container: { image: 'ghcr.io/sallyport-dev/sallyport:0.1.0', ports: [{ containerPort: 8443 }, { containerPort: 8080 }] },
    absent: ['ConfigMap', 'ServiceMonitor', 'Certificate', 'Issuer', 'hostNetwork', 'volumes', 'hostUsers'],
  },
  { name: 'one value enforces', values: { mode: 'Enforce' }, args: ['--mode=Enforce'] },
  {
    name: 'break-glass takes the registration away with the right to it, and the servers go on',
    values: { registration: { enabled: false } },
    args: ['--register-service=guard/sallyport', '--registration=sallyport', '--no-registration'],
    noArgs: ['--exclude-namespace'],
    holds: { Role: { rules: [leases, secrets] }, ClusterRole: { rules: [...objects, listPods] } },
    absent: ['ValidatingWebhookConfiguration'],
  },
  {
    name: 'without objects, servers judge by files alone and may read nothing else',
    values: { guardrailObjects: { enabled: false } },
    args: ['--policies=restricted', '--no-guardrail-objects'],
    holds: { ClusterRole: { rules: [registrations] } },
  },
  {
    name: 'objects alone, whose exceptions hold for a month at most, and no pod is listed',
    values: { packs: [], guardrailObjects: { maxExceptionDays: 30 }, rbac: { listPods: false } },
    args: ['--mode=Warn', '--objects-only', '--max-exception-days=30'],
    noArgs: ['--policies'],
    holds: { ClusterRole: { rules: [registrations, ...objects] } },
  },
  {
    name: 'policies of other projects are followed where a value says so, and params and the authorizer may be asked',
    values: {
      upstreamPolicies: { kyverno: true, gatekeeper: true },
      rbac: { accessReviews: true, listPods: false, params: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['limits'] }] },
    },
    args: ['--upstream=kyverno', '--upstream=gatekeeper'],
    holds: {
      ClusterRole: {
        rules: [
          registrations,
          ...objects,
          {
            apiGroups: ['policies.kyverno.io'],
            resources: ['validatingpolicies', 'namespacedvalidatingpolicies', 'policyexceptions'],
            verbs: ['list', 'watch'],
          },
          { apiGroups: ['templates.gatekeeper.sh'], resources: ['constrainttemplates'], verbs: ['list', 'watch'] },
          { apiGroups: ['constraints.gatekeeper.sh'], resources: ['*'], verbs: ['list', 'watch'] },
          { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
          { apiGroups: [''], resources: ['configmaps'], resourceNames: ['limits'], verbs: ['get', 'list'] },
        ],
      },
    },
  },
  {
    name: 'where the caller is known, owners of refused pods are read to be told',
    values: { tls: { source: 'secret', secretName: 'mine', client: { configMapName: 'ca', commonName: 'api' } } },
    holds: { ClusterRole: { rules: [registrations, ...objects, ...owners, listPods] } },
  },
  {
    name: 'neither objects nor registration: no right beyond the release namespace',
    values: { registration: { enabled: false }, guardrailObjects: { enabled: false } },
    absent: ['ClusterRole', 'ClusterRoleBinding'],
  },
  {
    name: 'kinds that somebody else has made are left alone',
    values: { crds: { create: false } },
    absent: ['CustomResourceDefinition'],
  },
  {
    name: 'without registration and certificate to keep, servers have no right at all',
    values: { registration: { enabled: false }, tls: { source: 'secret', secretName: 'mine' } },
    absent: ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'Lease', 'Secret', 'ValidatingWebhookConfiguration'],
  },
  {
    name: 'the release namespace stays excluded, once, whatever the list says',
    values: { registration: { excludeNamespaces: ['shop', 'guard'], annotations: { 'admissions.enforcer/disabled': 'true' } } },
    args: ['--exclude-namespace=shop', '--exclude-namespace=guard', '--mode=Warn'],
    noArgs: ['--exclude-namespace=kube-system'],
    holds: { ValidatingWebhookConfiguration: { metadata: { annotations: { 'admissions.enforcer/disabled': 'true' } } } },
  },
  {
    name: 'guardrails of one’s own are mounted next to the packs',
    values: { guardrails: { 'team.yaml': guardrail }, podSecurity: 'baseline:v1.32' },
    args: ['--policies=restricted', '--policies=/etc/sallyport/policies', '--pod-security=baseline:v1.32'],
    holds: { 'ConfigMap/sallyport-policies': { data: { 'team.yaml': expect.stringContaining('kind: Guardrail') } } },
    pod: { volumes: [{ name: 'policies', configMap: { name: 'sallyport-policies' } }] },
    container: { volumeMounts: [{ name: 'policies', mountPath: '/etc/sallyport/policies', readOnly: true }] },
  },
  {
    name: 'guardrails of one’s own instead of the packs',
    values: { guardrails: { 'team.yaml': guardrail }, packs: [] },
    args: ['--mode=Warn', '--policies=/etc/sallyport/policies'],
    noArgs: ['--policies=restricted'],
  },
  {
    name: 'cert-manager: a CA of its own, injected, and no right to Secrets',
    values: { tls: { source: 'certManager' } },
    args: ['--tls-cert=/etc/sallyport/tls/tls.crt', '--tls-key=/etc/sallyport/tls/tls.key'],
    // What is injected is left alone.
    noArgs: ['--tls-secret', '--tls-ca'],
    holds: {
      ValidatingWebhookConfiguration: { metadata: { annotations: { 'cert-manager.io/inject-ca-from': 'guard/sallyport' } } },
      'Certificate/sallyport': {
        spec: {
          secretName: 'sallyport-cert',
          dnsNames: ['sallyport.guard.svc', 'sallyport.guard.svc.cluster.local'],
          issuerRef: { name: 'sallyport-ca', kind: 'Issuer' },
        },
      },
      'Certificate/sallyport-ca': { spec: { isCA: true, secretName: 'sallyport-ca', issuerRef: { name: 'sallyport-root' } } },
      'Issuer/sallyport-ca': { spec: { ca: { secretName: 'sallyport-ca' } } },
      'Issuer/sallyport-root': { spec: { selfSigned: {} } },
      Role: { rules: [leases, namespaces] },
    },
    pod: { volumes: [{ name: 'tls', secret: { secretName: 'sallyport-cert' } }] },
    absent: ['Secret'],
  },
  {
    name: 'cert-manager with an issuer that is there already',
    values: { tls: { source: 'certManager', certManager: { issuerRef: { name: 'corp', kind: 'ClusterIssuer' }, duration: '720h' } } },
    holds: { Certificate: { spec: { duration: '720h', issuerRef: { name: 'corp', kind: 'ClusterIssuer' } } } },
    absent: ['Issuer', 'Secret'],
  },
  {
    name: 'a Secret that is there already, and a client certificate asked for',
    values: { tls: { source: 'secret', secretName: 'mine', client: { configMapName: 'apiserver-ca', commonName: 'kube-apiserver' } } },
    args: ['--tls-ca=/etc/sallyport/tls/ca.crt', '--client-ca=/etc/sallyport/client/ca.crt', '--client-name=kube-apiserver'],
    pod: { volumes: [{ secret: { secretName: 'mine' } }, { configMap: { name: 'apiserver-ca' } }] },
    container: { volumeMounts: [{ mountPath: '/etc/sallyport/tls' }, { mountPath: '/etc/sallyport/client' }] },
    absent: ['Secret', 'Certificate'],
  },
  {
    name: 'in the node’s network, where a NetworkPolicy means nothing and a successor may find no free port',
    values: { hostNetwork: true, port: 9443, opsPort: 9080 },
    args: ['--listen=0.0.0.0:9443', '--ops-listen=0.0.0.0:9080'],
    holds: { Deployment: { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } } },
    pod: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
    container: { ports: [{ containerPort: 9443 }, { containerPort: 9080 }] },
    absent: ['NetworkPolicy'],
  },
  { name: 'an IPv6 address stands in brackets', values: { listenAddress: '::' }, args: ['--listen=[::]:8443', '--ops-listen=[::]:8080'] },
  {
    name: 'an image by digest, from a registry that asks for a password',
    values: { image: { digest, repository: 'registry.internal/sallyport', pullPolicy: 'Always' }, imagePullSecrets: [{ name: 'pull' }] },
    container: { image: `registry.internal/sallyport@${digest}`, imagePullPolicy: 'Always' },
    pod: { imagePullSecrets: [{ name: 'pull' }] },
  },
  {
    name: 'an image by tag and digest',
    values: { image: { digest, tag: 'v9' } },
    container: { image: `ghcr.io/sallyport-dev/sallyport:v9@${digest}` },
  },
  {
    name: 'a Lease that the servers make, where Argo CD would leave it out',
    values: { lease: { create: false } },
    holds: {
      Role: { rules: [leases, { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] }, secrets, namespaces] },
    },
    absent: ['Lease'],
  },
  {
    name: 'scraped by the Prometheus Operator',
    values: { serviceMonitor: { enabled: true, interval: '10s', labels: { release: 'prom' } } },
    holds: {
      ServiceMonitor: {
        metadata: { labels: { release: 'prom', 'app.kubernetes.io/name': 'sallyport' } },
        spec: { endpoints: [{ port: 'ops', path: '/metrics', interval: '10s' }] },
      },
    },
  },
  {
    name: 'a narrower NetworkPolicy',
    values: {
      networkPolicy: {
        apiServerCIDRs: ['10.1.2.3/32'],
        apiServerPorts: [6443],
        dnsPorts: [],
        metricsFrom: [{ namespaceSelector: { matchLabels: { team: 'obs' } } }],
      },
    },
    holds: {
      NetworkPolicy: {
        spec: {
          ingress: [
            { ports: [{ port: 'webhook' }] },
            { from: [{ namespaceSelector: { matchLabels: { team: 'obs' } } }], ports: [{ port: 'ops' }] },
          ],
          egress: [{ ports: [{ port: 6443 }], to: [{ ipBlock: { cidr: '10.1.2.3/32' } }] }],
        },
      },
    },
  },
  {
    name: 'scheduling and metadata as told',
    values: {
      replicas: 3,
      drainDelaySeconds: 40,
      priorityClassName: 'platform',
      podAnnotations: { a: 'b' },
      podLabels: { 'sidecar.istio.io/inject': 'false', 'app.kubernetes.io/name': 'other' },
      tolerations: [{ operator: 'Exists' }],
      nodeSelector: { pool: 'system' },
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
      updateStrategy: { type: 'Recreate' },
      podSecurityContext: { runAsUser: 1234 },
      resources: { limits: { memory: '1Gi' } },
      podDisruptionBudget: { maxUnavailable: '50%' },
      extraArgs: ['--policies=/extra'],
      extraEnv: [{ name: 'NO_COLOR', value: '1' }],
      logLevel: 'debug',
    },
    args: ['--drain-delay=40', '--log-level=debug', '--policies=/extra'],
    holds: {
      PodDisruptionBudget: { spec: { maxUnavailable: '50%' } },
      Deployment: {
        spec: {
          replicas: 3,
          strategy: { type: 'Recreate' },
          template: {
            // A label that the Service selects by is not to be overridden.
            metadata: { annotations: { a: 'b' }, labels: { 'sidecar.istio.io/inject': 'false', 'app.kubernetes.io/name': 'sallyport' } },
          },
        },
      },
    },
    pod: {
      terminationGracePeriodSeconds: 75,
      priorityClassName: 'platform',
      tolerations: [{ operator: 'Exists' }],
      nodeSelector: { pool: 'system' },
      securityContext: { runAsNonRoot: true, runAsUser: 1234, seccompProfile: { type: 'RuntimeDefault' } },
      topologySpreadConstraints: [
        { maxSkew: 2, topologyKey: 'rack', labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'sallyport' } } },
      ],
    },
    container: { env: [{ name: 'NO_COLOR' }], resources: { limits: { memory: '1Gi' } } },
    absent: ['ResourceQuota'],
  },
  {
    name: 'identities and rights that somebody else makes',
    values: {
      serviceAccount: { create: false, name: 'given' },
      rbac: { create: false },
      podDisruptionBudget: { enabled: false },
      networkPolicy: { enabled: false },
      resourceQuota: false,
    },
    pod: { serviceAccountName: 'given' },
    absent: ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'PodDisruptionBudget', 'NetworkPolicy', 'ResourceQuota'],
  },
  {
    name: 'another name for all objects',
    values: { fullnameOverride: 'gate', serviceAccount: { annotations: { a: 'b' } } },
    args: ['--register-service=guard/gate', '--registration=gate', '--exclude-namespace=kube-system'],
    holds: {
      'Deployment/gate': {},
      'Secret/gate-tls': {},
      'Lease/gate': {},
      'ValidatingWebhookConfiguration/gate': {},
      'ServiceAccount/gate': { metadata: { annotations: { a: 'b' } } },
    },
  },
  { name: 'a parent chart’s own values pass the schema', values: { global: { anything: 1 }, enabled: true }, args: ['--mode=Warn'] },
];

describeHelm('the rendered chart', () => {
  const rendered = new Map<Row, Manifest[]>();
  beforeAll(async () => {
    for (let i = 0; i < rows.length; i += 2)
      await Promise.all(rows.slice(i, i + 2).map(async (row) => rendered.set(row, await render(row.values))));
  }, 60_000);
  const of = (row: Row): Manifest[] => rendered.get(row) ?? [];

  test.each(rows)('$name', (row) => {
    const manifests = of(row);
    const pod = podSpec(manifests);
    const [container] = pod.containers;
    for (const [selector, part] of Object.entries(row.holds ?? {})) expect(find(manifests, selector)).toMatchObject(part);
    expect(pod).toMatchObject(row.pod ?? {});
    expect(container).toMatchObject(row.container ?? {});
    // In this order, whatever stands between.
    expect(container.args.filter((arg) => row.args?.includes(arg))).toEqual(row.args ?? []);
    for (const start of row.noArgs ?? []) expect(container.args.filter((arg) => arg.startsWith(start))).toEqual([]);
    const there = [...manifests.map(({ kind }) => kind), ...Object.keys(pod)];
    expect(there.filter((name) => row.absent?.includes(name))).toEqual([]);
  });

  test.each(rows)('what servers fill in is left out, and nothing is named twice: $name', (row) => {
    const manifests = of(row);
    const ids = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(ids).size).toBe(ids.length);
    const beyondMetadata = (kind: string) =>
      manifests
        .filter((manifest) => manifest.kind === kind)
        .flatMap((manifest) => Object.keys(manifest).filter((key) => !['apiVersion', 'kind', 'metadata'].includes(key)));
    expect(beyondMetadata('ValidatingWebhookConfiguration')).toEqual([]);
    expect(beyondMetadata('Lease')).toEqual([]);
    expect(beyondMetadata('Secret').filter((key) => key !== 'type')).toEqual([]);
  });

  test.each(rows)('passes our own restricted pack, but for the node’s network: $name', (row) => {
    const { set } = policySet({ policies: ['restricted'] }, { cwd: root, root: new URL('../', import.meta.url), now: () => new Date(0) });
    const paths = of(row).flatMap((manifest) => judge(set, fromManifest(manifest, 'guard')).findings.map(({ path }) => path));
    expect(paths.filter((path) => !path.endsWith('hostPort'))).toEqual(
      row.values['hostNetwork'] === true ? ['spec.template.spec.hostNetwork'] : [],
    );
  });

  test.each(rows)('runs with a read-only root, and as no user that is fixed here: $name', (row) => {
    const { securityContext, containers } = podSpec(of(row));
    expect(Object.keys(securityContext)).toEqual([
      'runAsNonRoot',
      ...Object.keys(row.values['podSecurityContext'] ?? {}),
      'seccompProfile',
    ]);
    const expected = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
    expect(containers.map((container) => container.securityContext)).toEqual([expected]);
  });

  test.each(rows)('serve understands its arguments: $name', (row) => {
    const [command, ...argv] = podSpec(of(row)).containers[0].args;
    expect(command).toBe('serve');
    const { register, registration, tls } = serveOptions(argv);
    const name = row.values['fullnameOverride'] ?? 'sallyport';
    expect(registration).toBe(name);
    expect(register).toEqual(
      find(of(row), 'ValidatingWebhookConfiguration') ? { by: 'service', service: { namespace: 'guard', name } } : null,
    );
    expect(tls.from).toBe(row.values['tls'] === undefined ? 'secret' : 'files');
  });

  test('the guardrails that are mounted load without a fault', () => {
    const row = rows.find(({ values }) => values['guardrails'] !== undefined);
    const { data } = find(row === undefined ? [] : of(row), 'ConfigMap') as unknown as { data: Record<string, string> };
    const files = Object.entries(data).map(([file, text]) => ({ file, text, origin: '--policies /etc/sallyport/policies' }));
    const { loaded, errors } = loadGuardrails(files, { now: 0, maxLifetime: 0 });
    expect(errors).toEqual([]);
    expect(loaded.map(({ document }) => document.metadata.name)).toEqual(['g']);
  });

  test('a change of guardrails restarts the pods, another value does not', async () => {
    const [first, same, other] = await Promise.all([
      guardrailsAnnotation('Warn', 2),
      guardrailsAnnotation('Warn', 3),
      guardrailsAnnotation('Enforce', 2),
    ]);
    expect(same).toBe(first);
    expect(other).not.toBe(first);
  });

  test.each([
    ['a misspelt value', { registraton: { enabled: false } }, 'registraton'],
    ['nothing to judge by', { packs: [], guardrailObjects: { enabled: false } }, 'nothing to judge by'],
    [
      'objects alone where nobody reads them',
      { packs: [], registration: { enabled: false }, tls: { source: 'secret', secretName: 'a' } },
      'nothing to judge by',
    ],
    ['a Secret without its name', { tls: { source: 'secret' } }, 'tls.secretName'],
    ['a client certificate without its name', { tls: { client: { configMapName: 'a' } } }, 'tls.client.commonName'],
  ])('refused: %s', async (_, values, word) => {
    await expect(render(values)).rejects.toThrow(word);
  });

  test('lint finds nothing, also when strict', async () => {
    const output = await runHelm(['lint', '--strict', root + chart], '');
    expect(output.match(/\[(WARNING|ERROR)\].*/g)).toBeNull();
    expect(output).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test('generate --check finds nothing stale', async () => {
    const lines: string[] = [];
    const io = {
      stdout: (text: string) => lines.push(text),
      stderr: (text: string) => lines.push(text),
      env: process.env,
      root: new URL('../', import.meta.url),
    };
    expect(await run(['--check'], io as unknown as Io)).toBe(0);
    expect(lines).toEqual([]);
  });
});

test.each(['chart-values', 'chart-readme'])('what %s generates is committed', async (name) => {
  const files = await generate(root, name, process.env);
  expect(files.size).toBe(1);
  for (const [path, text] of files) expect(read(path)).toBe(text);
});

test('without helm, generate says so and does the rest', async () => {
  const errors: string[] = [];
  const io = { stdout: () => undefined, stderr: (text: string) => errors.push(text), env: {}, root: new URL('../', import.meta.url) };
  expect(await run(['--check'], io as unknown as Io)).toBe(0);
  expect(errors).toEqual([expect.stringMatching(/^deploy left as it is: helm is neither/)]);
});

describe('the schema of values', () => {
  const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
  const groups = [...walk(schema, [])];

  test('allows the defaults', () => {
    expect(validate(load(read(`${chart}/values.yaml`)))).toBe(true);
  });

  test('documents every value', () => {
    const values = groups.flatMap(({ path, group }) =>
      Object.entries(group.properties).map(([name, value]) => ({ name: [...path, name].join('.'), value })),
    );
    expect(values.length).toBeGreaterThan(60);
    expect(values.filter(({ value }) => (value.description ?? '') === '')).toEqual([]);
    const undefaulted = values.filter(({ value }) => value.default === undefined && !isGroup(value)).map(({ name }) => name);
    expect(undefaulted).toEqual(['global', 'enabled']);
  });

  test('has no value that the templates do not read', () => {
    const text = templates.map((template) => template.text).join('\n');
    const names = groups.flatMap(({ path, group }) => Object.keys(group.properties).map((name) => [...path, name]));
    const read = (path: string[]): boolean =>
      new RegExp(`\\.(Values|${path.at(-2)})\\.${path.at(-1)}\\b|\\$\\w+\\.${path.at(-1)}\\b`).test(text);
    expect(names.filter((path) => !read(path)).map((path) => path.join('.'))).toEqual(['global', 'enabled']);
  });

  test.each(groups.flatMap(({ path, group }) => Object.keys(group.properties).map((name) => ({ path, name }))))(
    'refuses a misspelt $path $name',
    ({ path, name }) => {
      expect(validate(nest(path, { [`${name}X`]: 1 }))).toBe(false);
      expect(validate.errors?.[0]).toMatchObject({ keyword: 'additionalProperties', params: { additionalProperty: `${name}X` } });
    },
  );

  test.each<[string, JsonObject]>([
    ['a mode in lower case', { mode: 'enforce' }],
    ['a privileged port', { port: 443 }],
    ['a pack by path', { packs: ['/etc/passwd'] }],
    ['a namespace pattern', { registration: { excludeNamespaces: ['kube-*'] } }],
    ['a digest without algorithm', { image: { digest: 'a'.repeat(64) } }],
    ['an unknown level', { podSecurity: 'strict' }],
    ['a guardrail file of another ending', { guardrails: { 'team.txt': guardrail } }],
    ['a guardrail without spec', { guardrails: { 'team.yaml': { ...guardrail, spec: undefined } } }],
    ['another kind as guardrail', { guardrails: { 'team.yaml': { ...guardrail, kind: 'ClusterPolicy' } } }],
    ['a TLS source that is not there', { tls: { source: 'vault' } }],
    ['a negative drain', { drainDelaySeconds: -1 }],
  ])('refuses %s', (_, values) => {
    expect(validate(JSON.parse(JSON.stringify(values)))).toBe(false);
  });
});

test('the chart has the version of the package', () => {
  const { version, appVersion } = load(read(`${chart}/Chart.yaml`)) as { version: string; appVersion: string };
  const { version: packaged } = JSON.parse(read('package.json')) as { version: string };
  expect([version, appVersion]).toEqual([packaged, packaged]);
});

describe('the CRDs', () => {
  const nodes = definitions().flatMap((crd) => [
    ...schemaNodes(versionOf(crd).schema.openAPIV3Schema, (crd['metadata'] as JsonObject)['name'] as string),
  ]);

  test('are structural: every node has a type, and no keyword that a CRD may not have', () => {
    expect(nodes.length).toBeGreaterThan(100);
    expect(
      nodes.filter(({ schema }) => schema['type'] === undefined && !schema['x-kubernetes-preserve-unknown-fields']).map(({ path }) => path),
    ).toEqual([]);
    const banned = ['const', 'exclusiveMinimum', 'exclusiveMaximum', 'default', 'anyOf', 'oneOf', '$ref', 'patternProperties', '$id'];
    expect(nodes.flatMap(({ path, schema }) => banned.filter((key) => key in schema).map((key) => `${path}: ${key}`))).toEqual([]);
    expect(nodes.filter(({ schema }) => typeof schema['additionalProperties'] === 'boolean').map(({ path }) => path)).toEqual([]);
    // The API server drops these, and every tool that compares would see a change.
    expect(nodes.filter(({ schema }) => isObject(schema['properties']) && Object.keys(schema['properties']).length === 0)).toEqual([]);
  });

  test('describe every field', () => {
    const fields = nodes.filter(({ path }) => !/(\[\]|\{\}|\.dev|\.metadata)$/.test(path));
    expect(fields.filter(({ schema }) => typeof schema['description'] !== 'string').map(({ path }) => path)).toEqual([]);
  });

  test('keep every field that they do not know, down to the last, so that none is dropped before it can be refused', () => {
    const closed = nodes.filter(({ path, schema }) => /\.dev\.spec/.test(path) && schema['properties'] !== undefined);
    expect(closed.length).toBeGreaterThan(10);
    expect(closed.filter(({ schema }) => schema['x-kubernetes-preserve-unknown-fields'] !== true).map(({ path }) => path)).toEqual([]);
  });

  test('survive an uninstall, and are short to type', () => {
    for (const crd of definitions()) expect(crd).toMatchObject({ metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } } });
    expect(definitions().map((crd) => (crd as unknown as { spec: { names: JsonObject } }).spec.names['shortNames'])).toEqual([
      ['gr'],
      ['gre'],
    ]);
  });
});

interface CrdVersion {
  readonly schema: { readonly openAPIV3Schema: JsonObject };
}

function versionOf(crd: JsonObject): CrdVersion {
  const [version] = (crd as unknown as { spec: { versions: [CrdVersion] } }).spec.versions;
  return version;
}

function* schemaNodes(schema: JsonObject, path: string): Generator<{ path: string; schema: JsonObject }> {
  yield { path, schema };
  const { properties = {}, items, additionalProperties } = schema;
  for (const [key, child] of Object.entries(properties as JsonObject)) yield* schemaNodes(child as JsonObject, `${path}.${key}`);
  if (isObject(items)) yield* schemaNodes(items, `${path}[]`);
  if (isObject(additionalProperties)) yield* schemaNodes(additionalProperties, `${path}{}`);
}

test('nothing in the templates is random, looks at the cluster or runs as a hook', () => {
  const drifting =
    /\b(lookup|now|rand\w+|uuidv4|gen\w*(?:Cert|CA|Key)\w*|htpasswd|bcrypt)\b|helm\.sh\/hook|\.Capabilities|\.Release\.(Revision|IsUpgrade|IsInstall)/;
  expect(templates.length).toBeGreaterThan(10);
  expect(templates.filter(({ text }) => drifting.test(actions(text))).map(({ file }) => file)).toEqual([]);
});

/** What Helm runs of a template, and the hooks it names. */
const actions = (text: string): string => (text.match(/\{\{[^]*?\}\}|helm\.sh\/hook/g) ?? []).join('\n');

function* walk(
  schema: ValueSchema,
  path: readonly string[],
): Generator<{ path: readonly string[]; group: Required<Pick<ValueSchema, 'properties'>> }> {
  if (!isGroup(schema)) return;
  yield { path, group: schema };
  for (const [name, value] of Object.entries(schema.properties)) yield* walk(value, [...path, name]);
}

const nest = (path: readonly string[], values: JsonObject): JsonObject =>
  path.reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), values);

async function guardrailsAnnotation(mode: string, replicas: number): Promise<unknown> {
  const manifests = await render({ guardrails: { 'team.yaml': { ...guardrail, spec: { mode } } }, replicas });
  return podTemplate(manifests).metadata.annotations['sallyport.dev/guardrails'];
}

async function render(values: JsonObject): Promise<Manifest[]> {
  const text = await runHelm(['template', 'sallyport', root + chart, '-n', 'guard', '-f', '-'], JSON.stringify(values));
  return loadAll(text).filter((manifest) => manifest != null) as Manifest[];
}

function runHelm(args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(helm ?? 'helm', args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    child.stdin?.end(input);
  });
}

const find = (manifests: readonly Manifest[], selector: string): Manifest | undefined =>
  manifests.find(({ kind, metadata }) => selector === kind || selector === `${kind}/${metadata.name}`);

interface PodTemplate {
  metadata: { annotations: Record<string, string> };
  spec: { securityContext: object; containers: [{ args: string[]; securityContext: object }] };
}

const podTemplate = (manifests: readonly Manifest[]): PodTemplate => {
  const deployment = find(manifests, 'Deployment') as unknown as { spec: { template: PodTemplate } };
  return deployment.spec.template;
};
const podSpec = (manifests: readonly Manifest[]): PodTemplate['spec'] => podTemplate(manifests).spec;

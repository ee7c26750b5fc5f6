import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/kube/json.ts';
import { startControlPlane } from '../support/control-plane.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { describeEndToEnd } from '../support/end-to-end.ts';
import { install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { manifest } from '../support/manifests.ts';
import { until } from '../support/until.ts';

/** New kinds are looked for every ten seconds. */
const DISCOVERED = { within: 30_000, every: 200 };
const TWO_SECONDS = { within: 2_000, every: 50 };

const guardrail = (name: string, cel: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'Guardrail',
  metadata: { name },
  spec: { mode: 'Enforce', rules: [{ name: 'r', cel }], ...more },
});

const on = (resource: string, operation = 'CREATE'): JsonObject => ({
  match: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: [operation], resources: [resource] }] },
});

const configMap = (name: string, data: JsonObject, namespace = 'default'): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

/** A kind whose objects may hold anything. */
const definition = (group: string, kind: string, plural: string, scope = 'Cluster'): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope,
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: group.startsWith('templates') ? 'v1' : 'v1beta1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

describeEndToEnd('rules in CEL', () => {
  let plane: ControlPlane;
  let sallyport: Installation;
  beforeAll(async () => {
    plane = await startControlPlane();
    const params = ['rbac.params[0].apiGroups[0]=', 'rbac.params[0].resources[0]=configmaps'];
    const followed = ['upstreamPolicies.kyverno=true', 'upstreamPolicies.gatekeeper=true', 'rbac.accessReviews=true'];
    sallyport = await install(plane, { set: ['mode=Enforce', 'packs=null', 'drainDelaySeconds=0', ...followed, ...params] });
    await plane.must(['create', 'namespace', 'shop']);
    await sallyport.start();
    await until('registered', async () => (await sallyport.webhooks()).length > 0);
  });
  afterAll(async () => {
    await sallyport?.stop();
    await plane?.stop();
  });

  const apply = (object: JsonObject) => plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  const must = (object: JsonObject) => plane.must(['apply', '-f', '-'], { input: JSON.stringify(object) });
  const dryRun = (object: JsonObject, ...more: string[]) =>
    plane.kubectl(['create', '--dry-run=server', '-f', '-', ...more], { input: JSON.stringify(object) });
  const denied = async (object: JsonObject, ...more: string[]): Promise<boolean> =>
    (await dryRun(object, ...more)).stderr.includes('denied the request');

  test('a rule of its own refuses, at its field and with its cure', async () => {
    await must(
      guardrail('team', {
        expression: "has(object.metadata.labels) && 'team' in object.metadata.labels",
        message: 'set the label team',
        field: 'metadata.labels.team',
      }),
    );
    const pod = manifest('good-pod.yaml', 'plain');
    await until('in force', () => denied(pod), TWO_SECONDS);
    const { stderr } = await dryRun(pod);
    expect(stderr).toContain('set the label team (guardrail team)\n  - metadata.labels.team (team/r)');
    await plane.must(['delete', 'guardrail', 'team']);
  });

  test('objects without pods are judged, and what is registered reaches them', async () => {
    await must(guardrail('keys', { expression: "!('password' in object.data)", field: 'data.password' }, on('configmaps')));
    await until('in force', () => denied(configMap('a', { password: 'x' })), { within: 10_000, every: 100 });
    expect(await denied(configMap('a', { user: 'x' }))).toBe(false);
    await plane.must(['delete', 'guardrail', 'keys']);
  });

  test('params, the namespace and the authorizer are asked for', async () => {
    await must(configMap('limits', { max: '2' }, 'shop'));
    await must(guardrail('max', {
      expression: 'size(object.data) <= int(params.data.max)',
      params: { apiVersion: 'v1', kind: 'ConfigMap', name: 'limits', namespace: 'shop' },
    }, on('configmaps'))); // prettier-ignore
    await until('params in force', () => denied(configMap('a', { a: '', b: '', c: '' })), { within: 10_000, every: 100 });
    expect(await denied(configMap('a', { a: '', b: '' }))).toBe(false);

    await plane.must(['annotate', 'namespace', 'shop', 'frozen=yes']);
    await must(guardrail('frozen', { expression: "!has(namespaceObject.metadata.annotations) || !('frozen' in namespaceObject.metadata.annotations)" }, on('configmaps'))); // prettier-ignore
    await until('the namespace in force', () => denied(configMap('a', { a: '' }, 'shop')), { within: 10_000, every: 100 });
    expect(await denied(configMap('a', { a: '' }))).toBe(false);

    await must(guardrail('deleters', { expression: "authorizer.requestResource.check('delete').allowed()" }, on('configmaps')));
    await plane.must(['create', 'clusterrole', 'makers', '--verb=create,get', '--resource=configmaps']);
    await plane.must(['create', 'clusterrolebinding', 'makers', '--clusterrole=makers', '--user=maker']);
    await until('the authorizer in force', () => denied(configMap('a', { a: '' }), '--as=maker'), { within: 10_000, every: 100 });
    expect(await denied(configMap('a', { a: '' }))).toBe(false);
    await plane.must(['delete', 'guardrail', 'max', 'frozen', 'deleters']);
  });

  test('a rule that does not compile is refused at once, with a caret', async () => {
    const { code, stderr } = await apply(guardrail('bad', { expression: 'objct.x == 1' }));
    expect(code).toBe(1);
    expect(stderr).toContain(
      "spec.rules[0].cel.expression: undeclared reference to 'objct' (in container ''); did you mean \"object\"?\n     | objct.x == 1\n     | ^",
    );
  });

  test('a policy of Kyverno is judged by, whose kind was not there at the start', async () => {
    await must(definition('policies.kyverno.io', 'ValidatingPolicy', 'validatingpolicies'));
    await plane.must(['wait', '--for=condition=Established', 'crd/validatingpolicies.policies.kyverno.io']);
    const spec = {
      validationActions: ['Deny'],
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }] },
      validations: [{ expression: "object.metadata.name != 'kyverno'", message: 'not this name' }],
    };
    await must({ apiVersion: 'policies.kyverno.io/v1beta1', kind: 'ValidatingPolicy', metadata: { name: 'names' }, spec });
    await until('judged by', () => denied(configMap('kyverno', { a: '' })), DISCOVERED);
    expect((await dryRun(configMap('kyverno', { a: '' }))).stderr).toContain('not this name (guardrail names)');
    await plane.must(['delete', 'validatingpolicies.policies.kyverno.io', 'names']);
    await until('forgotten', async () => !(await denied(configMap('kyverno', { a: '' }))), TWO_SECONDS);
  });

  test('a template of Gatekeeper with CEL is judged by, with the kind that it defines', async () => {
    await must(definition('templates.gatekeeper.sh', 'ConstraintTemplate', 'constrainttemplates'));
    await must(definition('constraints.gatekeeper.sh', 'BannedNames', 'bannednames'));
    for (const crd of ['constrainttemplates.templates.gatekeeper.sh', 'bannednames.constraints.gatekeeper.sh'])
      await plane.must(['wait', '--for=condition=Established', `crd/${crd}`]);
    const source = { validations: [{ expression: 'object.metadata.name != variables.params.name', message: 'banned' }] };
    await must({
      apiVersion: 'templates.gatekeeper.sh/v1',
      kind: 'ConstraintTemplate',
      metadata: { name: 'bannednames' },
      spec: {
        crd: { spec: { names: { kind: 'BannedNames' } } },
        targets: [{ target: 'admission.k8s.gatekeeper.sh', code: [{ engine: 'K8sNativeValidation', source }] }],
      },
    });
    await must({
      apiVersion: 'constraints.gatekeeper.sh/v1beta1',
      kind: 'BannedNames',
      metadata: { name: 'x' },
      spec: { match: { kinds: [{ apiGroups: [''], kinds: ['ConfigMap'] }] }, parameters: { name: 'gatekeeper' } },
    });
    await until('judged by', () => denied(configMap('gatekeeper', { a: '' })), DISCOVERED);
    expect(await denied(configMap('other', { a: '' }))).toBe(false);
  });
});

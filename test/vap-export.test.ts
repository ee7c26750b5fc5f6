import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Default } from 'typebox/value';
import type { RuleDocument } from '../src/api/guardrail.ts';
import { checks } from '../src/checks/index.ts';
import { run } from '../src/commands/generate/vap.ts';
import type { Facts } from '../src/engine/facts.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { isUnreadable, readPod } from '../src/kube/pod.ts';
import type { Workload } from '../src/kube/workload.ts';
import { workloads } from '../src/kube/workload.ts';
import type { PolicyPair } from '../src/policy/export/admission-policy.ts';
import { clausesOf } from '../src/policy/export/clauses.ts';
import type { Exported } from '../src/policy/export/export-guardrail.ts';
import { exportGuardrail } from '../src/policy/export/export-guardrail.ts';
import { compileGuardrail } from '../src/policy/guardrail.ts';
import type { GuardrailSet } from '../src/policy/guardrail-set.ts';
import { guardrailSet } from '../src/policy/guardrail-set.ts';
import { judge } from '../src/policy/judge.ts';
import { loadGuardrails } from '../src/policy/load.ts';
import { withUpstream } from '../src/policy/upstream/with-upstream.ts';
import { newestMinor, parsePolicyVersion } from '../src/standards/pod-security.ts';
import { readDocuments } from '../src/yaml/read.ts';
import { decodedPod } from './support/decoded-pod.ts';
import type { Requested, Spec } from './support/judging.ts';
import { documentOf, factsOf, setOf, subjectOf } from './support/judging.ts';

// ---- how the policies are judged

const exported = (spec: Spec, now = 0): Exported => {
  const document = documentOf(spec);
  const context = { now, excludeNamespaces: [], ceiling: 'Enforce' as const, taken: new Set<string>() };
  return exportGuardrail(document, compileGuardrail(document, 'Enforce', ''), context);
};

/** The policies, loaded as anybody's: every expression compiles, and the API server would take them. */
function policySet(pairs: readonly PolicyPair[]): GuardrailSet {
  const text = pairs.flatMap((pair) => pair.map((document) => JSON.stringify(document))).join('\n---\n');
  const loaded = loadGuardrails([{ file: 'vap.yaml', text, origin: '' }], { now: 0, maxLifetime: 0 });
  expect([...loaded.errors, ...loaded.warnings]).toEqual([]);
  return withUpstream(guardrailSet([], 'Enforce'), loaded.upstream);
}

const pod = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec });

/** The pod as an object of this kind. */
function holding({ group, kind, template }: Workload, held: JsonObject): JsonObject {
  const holder = template.toReversed().reduce<JsonObject>((inner, key) => ({ [key]: inner }), held);
  return { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, metadata: { name: 'w' }, ...holder };
}

/** What a policy says is told by the heading of its message: the rule. */
function brokenRules(set: GuardrailSet, pairs: readonly PolicyPair[], requested: Requested, facts?: Facts): string[] {
  const { findings } = judge(set, subjectOf(requested), facts);
  const broken = findings.map(({ guardrail, rule, message }) => {
    const validations = pairs.find(([{ metadata }]) => metadata.name === guardrail)?.[0].spec.validations ?? [];
    const told = validations[Number(/\d+/.exec(rule)?.[0])]?.message?.split(':', 1)[0] ?? '?';
    return message.includes('resulted in error') ? `${told} fails: ${message}` : told;
  });
  return [...new Set(broken)].toSorted();
}

// ---- the Pod Security Standards

interface Answer {
  readonly pod: JsonObject;
  readonly b: [string, string[]][];
  readonly r: [string, string[]][];
}

/** The versions at which a level changes. `whole` is the one at which every pod is asked of; at the others, those whose answer changes. */
const segments = [
  { level: 'baseline', whole: 0, since: [0, 19, 27, 29, 31, 32, 34, 35, 37] },
  { level: 'restricted', whole: newestMinor, since: [8, 19, 22, 23, 25, 27, 29, 31, 32, 34, 35, 37] },
] as const;
const steps = segments.flatMap(({ level, whole, since }) => since.map((minor) => ({ level, minor, all: minor === whole })));

test('1,500 pods break under the exported policies the controls that upstream says, at every level and wherever it changes', () => {
  const lines = readFileSync(new URL('conformance/pod-security.ndjson', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const answers = lines.map((line) => JSON.parse(line) as Answer);
  const requests = answers.map(({ pod: { spec, metadata } }) => decodedPod({ spec: spec ?? null, metadata: metadata ?? null }));
  const differences: unknown[] = [];
  let broken = 0;
  for (const { level, minor, all } of steps) {
    const { pairs } = exported({ mode: 'Enforce', rules: [{ podSecurity: { level, version: `v1.${minor}` } }] });
    const set = policySet(pairs);
    const asked = answers.map(({ b, r }, index) => ({ controls: level === 'baseline' ? b : r, request: requests[index] }));
    for (const { controls, request } of asked.filter((one) => all || one.controls.some(([since]) => since === `1.${minor}`))) {
      const wanted = controlsAt(controls, minor);
      const got = brokenRules(set, pairs, { object: pod(request?.spec ?? {}, request?.metadata) });
      if (got.join() !== wanted.join()) differences.push({ level, minor, request, wanted, got });
      broken += wanted.length;
    }
  }
  expect(answers.length).toBe(1500);
  expect(differences.slice(0, 3)).toEqual([]);
  expect(broken).toBeGreaterThan(5_000);
});

function controlsAt(answer: [string, string[]][], minor: number): string[] {
  const ids = answer.findLast(([since]) => (parsePolicyVersion(`v${since}`) ?? 0) <= minor)?.[1] ?? [];
  return ids.toSorted();
}

// ---- every row of every check

interface Row {
  readonly name: string;
  readonly params?: JsonObject;
  readonly pod: JsonObject;
}

const folder = new URL('checks/', import.meta.url);
const rows = readdirSync(folder).flatMap((file) => {
  const [document] = readDocuments(readFileSync(new URL(file, folder), 'utf8'));
  if (!document || 'error' in document) throw new Error(file);
  return (document.value as unknown as Row[]).map((row): [string, string, Row] => [file.replace('.yaml', ''), row.name, row]);
});

/** What the API server drops before any policy sees it. */
const unsaid = ['misplaced-field'];

test('every check is said in CEL but for what the API server decides', () => {
  const silent = [...checks.values()].filter((check) => clausesOf(check, Default(check.params, {})) === null);
  expect(silent.map(({ id }) => id)).toEqual(unsaid);
});

test.each(rows.filter(([id]) => !unsaid.includes(id)))('%s, in every workload: %s', (id, _name, row) => {
  const { pairs } = exported({ mode: 'Enforce', rules: [{ check: id, with: row.params ?? {} }] });
  const set = policySet(pairs);
  const held = decodedPod(podOf(row.pod));
  const wanted = faultsOf(id, row.params, held).length > 0 ? [id] : [];
  for (const workload of workloads) {
    const requested = { kind: workload.kind, group: workload.group, object: holding(workload, held) };
    expect([workload.kind, ...brokenRules(set, pairs, requested)]).toEqual([workload.kind, ...wanted]);
  }
});

/** Rows write a pod as its spec, or as its annotations or metadata and its spec. */
function podOf(written: JsonObject): { metadata?: Json; spec: Json } {
  const { spec, annotations, metadata } = written;
  return spec === undefined ? { spec: written } : { spec, metadata: metadata ?? { annotations: annotations ?? {} } };
}

function faultsOf(id: string, params: JsonObject | undefined, held: JsonObject): readonly unknown[] {
  const check = checks.get(id);
  const read = readPod({ path: 'spec', metadataPath: 'metadata', metadata: held['metadata'] ?? {}, spec: held['spec'] ?? {} });
  if (!check || isUnreadable(read)) throw new Error(id);
  return check.evaluate(read, Default(check.params, structuredClone(params ?? {})));
}

// ---- guardrails

const privileged: JsonObject = { containers: [{ name: 'app', image: 'i', securityContext: { privileged: true } }] };
const plain: JsonObject = { containers: [{ name: 'app', image: 'i' }] };
const bad = pod(privileged);
const good = pod(plain);
const deployment = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({ metadata, spec: { template: { spec } } });
const enforce = (more: Partial<Spec> = {}): Spec => ({ mode: 'Enforce', rules: [{ check: 'privileged' }], ...more });
const on = (...resources: string[]): NonNullable<Spec['match']> => ({
  resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources }],
});
const celRule = (cel: NonNullable<RuleDocument['cel']>, more: Partial<Spec> = {}): Spec => ({
  mode: 'Enforce',
  rules: [{ name: 'r', cel }],
  ...more,
});
const controller = 'system:serviceaccount:kube-system:deployment-controller';
const keptBy = (kind: string, apiVersion: string): JsonObject => ({ name: 'x', ownerReferences: [{ kind, apiVersion, controller: true }] });
const named = (spec: JsonObject, name: string): JsonObject => pod(spec, { name });
const labels: Facts = factsOf({ shop: { tier: 'prod' }, lab: {} });
const configMap = { kind: 'ConfigMap', resource: 'configmaps', group: '' } as const;
const ownImages = { over: 'containers', expression: "container.image.startsWith('i') && pod.spec.containers.size() < 3" } as const;

test.each<[string, Spec, Requested, 'allow' | 'warn' | 'deny']>([
  ['what is refused', enforce(), { object: bad }, 'deny'],
  ['what is let pass', enforce(), { object: good }, 'allow'],
  ['mode Warn', enforce({ mode: 'Warn' }), { object: bad }, 'warn'],
  ['mode Audit', enforce({ mode: 'Audit' }), { object: bad }, 'allow'],
  ['a rule laxer than its guardrail', enforce({ rules: [{ check: 'privileged', mode: 'Warn' }, { check: 'host-ports' }] }), { object: bad }, 'warn'],
  ['a rule stricter than its guardrail', enforce({ mode: 'Warn', rules: [{ check: 'privileged', mode: 'Enforce' }, { check: 'host-ports' }] }), { object: bad }, 'deny'],
  ['a rule that is off', enforce({ rules: [{ check: 'privileged', mode: 'Off' }, { check: 'host-ports' }] }), { object: bad }, 'allow'],
  ['a container that is added while a pod runs', enforce(), { subresource: 'ephemeralcontainers', oldObject: good, object: pod({ ...plain, ephemeralContainers: privileged['containers'] ?? [] }) }, 'deny'],
  ['an exempt namespace', enforce({ exempt: { namespaces: ['shop'] } }), { object: bad }, 'allow'],
  ['exempt namespaces by a pattern', enforce({ exempt: { namespaces: ['sh*p', 'a.b'] } }), { object: bad }, 'allow'],
  ['a pattern that names others', enforce({ exempt: { namespaces: ['shop-*', 's.op'] } }), { object: bad }, 'deny'],
  ['an exempt user', enforce({ exempt: { subjects: [{ kind: 'User', name: 'ann' }] } }), { object: bad }, 'allow'],
  ['another user', enforce({ exempt: { subjects: [{ kind: 'User', name: 'bob' }] } }), { object: bad }, 'deny'],
  ['an exempt service account', enforce({ exempt: { subjects: [{ kind: 'ServiceAccount', name: 'x', namespace: 'ci' }] } }), { object: bad, user: 'system:serviceaccount:ci:x' }, 'allow'],
  ['an exempt group', enforce({ exempt: { subjects: [{ kind: 'Group', name: 'sre' }] } }), { object: bad, groups: ['sre'] }, 'allow'],
  ['a user without groups', enforce({ exempt: { subjects: [{ kind: 'Group', name: 'sre' }] } }), { object: bad, groups: [] }, 'deny'],
  ['an exempt runtime class', enforce({ exempt: { runtimeClasses: ['kata'] } }), { kind: 'Deployment', object: deployment({ ...privileged, runtimeClassName: 'kata' }) }, 'allow'],
  ['another runtime class', enforce({ exempt: { runtimeClasses: ['kata'] } }), { object: bad }, 'deny'],
  ['a namespace that is selected', enforce({ match: { namespaceSelector: { matchLabels: { tier: 'prod' } } } }), { object: bad }, 'deny'],
  ['a namespace that is not', enforce({ match: { namespaceSelector: { matchLabels: { tier: 'prod' } } } }), { object: bad, namespace: 'lab' }, 'allow'],
  ['labels that are selected', enforce({ match: { objectSelector: { matchLabels: { a: 'b' } } } }), { object: pod(privileged, { labels: { a: 'b' } }) }, 'deny'],
  ['labels that are not', enforce({ match: { objectSelector: { matchLabels: { a: 'b' } } } }), { object: bad }, 'allow'],
  ['a rule on pods judges templates', enforce({ match: on('pods') }), { kind: 'Deployment', object: deployment(privileged) }, 'deny'],
  ['unless it says not to', enforce({ match: { ...on('pods'), templates: false } }), { kind: 'Deployment', object: deployment(privileged) }, 'allow'],
  ['a rule on pods alone leaves out what is added while they run', enforce({ match: on('pods') }), { subresource: 'ephemeralcontainers', oldObject: good, object: bad }, 'allow'],
  ['what is excluded', enforce({ match: { excludeResourceRules: on('deployments').resourceRules ?? [] } }), { kind: 'Deployment', object: deployment(privileged) }, 'allow'],
  ['a version that nobody serves any more', enforce({ match: { resourceRules: [{ apiGroups: ['extensions'], apiVersions: ['v1beta1'], operations: ['*'], resources: ['deployments'] }] } }), { kind: 'Deployment', object: deployment(privileged) }, 'deny'],
  ['a name that a rule names', enforce({ match: { resourceRules: [{ ...on('pods').resourceRules?.[0], resourceNames: ['web'] } as never] } }), { object: named(privileged, 'web'), name: 'web' }, 'deny'],
  ['a name that it does not', enforce({ match: { resourceRules: [{ ...on('pods').resourceRules?.[0], resourceNames: ['web'] } as never] } }), { object: named(privileged, 'x'), name: 'x' }, 'allow'],
  ['a condition that holds', enforce({ match: { conditions: [{ name: 'is it?', expression: "request.userInfo.username == 'ann'" }] } }), { object: bad }, 'deny'],
  ['a condition that does not', enforce({ match: { conditions: [{ name: 'a', expression: "request.userInfo.username == 'bob'" }] } }), { object: bad }, 'allow'],
  ['a condition that fails', enforce({ match: { conditions: [{ name: 'a', expression: 'object.x == 1' }] } }), { object: bad }, 'deny'],
  ['what a controller makes of a Deployment', enforce(), { kind: 'ReplicaSet', object: deployment(privileged, keptBy('Deployment', 'apps/v1')), user: controller }, 'allow'],
  ['what a controller makes of anything else', enforce(), { kind: 'ReplicaSet', object: deployment(privileged, keptBy('Rollout', 'argoproj.io/v1alpha1')), user: controller }, 'deny'],
  ['what somebody else makes of a Deployment', enforce(), { kind: 'ReplicaSet', object: deployment(privileged, keptBy('Deployment', 'apps/v1')) }, 'deny'],
  ['where Deployments are not judged', enforce({ match: on('replicasets') }), { kind: 'ReplicaSet', object: deployment(privileged, keptBy('Deployment', 'apps/v1')), user: controller }, 'deny'],
  ['a Job that a controller makes of a CronJob', enforce(), { kind: 'Job', group: 'batch', object: deployment(privileged, keptBy('CronJob', 'batch/v1')), user: 'system:kube-controller-manager' }, 'allow'],
  ['an update in full', enforce({ updates: 'Full' }), { oldObject: bad, object: pod(privileged, { labels: { a: 'b' } }) }, 'deny'],
  ['what is being deleted', enforce({ updates: 'Full' }), { oldObject: pod(privileged, { finalizers: ['x'] }), object: pod(privileged, { deletionTimestamp: 'now' }) }, 'allow'],
  ['what is being deleted and changes', enforce({ updates: 'Full' }), { oldObject: good, object: pod(privileged, { deletionTimestamp: 'now' }) }, 'deny'],
  ['an update that adds a fault', enforce(), { oldObject: good, object: bad }, 'deny'],
  ['a schedule whose time has come', enforce({ mode: 'Audit', schedule: [{ from: '1969-01-01T00:00:00Z', mode: 'Enforce' }] }), { object: bad }, 'deny'],
  ['a schedule to come', enforce({ mode: 'Warn', schedule: [{ from: '2070-01-01T00:00:00Z', mode: 'Enforce' }] }), { object: bad }, 'warn'],
  ['CEL over an object', celRule({ expression: "object.metadata.name == 'web'" }), { object: named(plain, 'x') }, 'deny'],
  ['CEL over what carries no pod', celRule({ expression: "object.data.a == 'b'" }, { match: on('configmaps') }), { ...configMap, object: { metadata: {}, data: { a: 'c' } } }, 'deny'],
  ['CEL over a custom resource with pods', celRule({ expression: 'false' }, { match: on('pods') }), { kind: 'Rollout', group: 'argoproj.io', version: 'v1alpha1', object: { metadata: {}, spec: {} } }, 'deny'],
  ['CEL over a deletion', celRule({ expression: "oldObject.metadata.name == 'web'" }, { match: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['pods'] }] } }), { operation: 'DELETE', oldObject: named(plain, 'x') }, 'deny'],
  ['CEL over pods', celRule({ over: 'pods', expression: "pod.metadata.name == 'web'" }), { kind: 'Deployment', object: { metadata: {}, spec: { template: { metadata: { name: 'x' }, spec: plain } } } }, 'deny'],
  ['CEL over pods with variables', celRule({ over: 'pods', expression: 'variables.n == 1', variables: [{ name: 'n', expression: 'pod.spec.containers.size()' }] }), { object: good }, 'allow'],
  ['CEL over containers that keep it', celRule({ ...ownImages }), { kind: 'Deployment', object: deployment(plain) }, 'allow'],
  ['CEL over containers that break it', celRule({ ...ownImages }), { kind: 'Deployment', object: deployment({ containers: [{ name: 'a', image: 'x' }] }) }, 'deny'],
  ['CEL over containers of an exempt runtime class', celRule({ ...ownImages }, { exempt: { runtimeClasses: ['kata'] } }), { object: pod({ runtimeClassName: 'kata', containers: [{ name: 'a', image: 'x' }] }) }, 'allow'],
  ['CEL over an object of an exempt runtime class', celRule({ expression: 'false' }, { exempt: { runtimeClasses: ['kata'] } }), { object: pod({ ...plain, runtimeClassName: 'kata' }) }, 'deny'],
  ['CEL that fails', celRule({ expression: "object.metadata.labels.a == 'b'" }), { object: good }, 'deny'],
  ['CEL that warns', celRule({ expression: 'false' }, { mode: 'Warn' }), { object: good }, 'warn'],
  ['CEL on an update that changes nothing else', celRule({ over: 'pods', expression: "object.metadata.name == 'web'" }), { oldObject: named(plain, 'web'), object: named(plain, 'x') }, 'deny'],
])('a guardrail and its policies say the same of %s', (_, spec, request, expected) => {
  const policies = policySet(exported(spec).pairs);
  const said = [setOf(spec), policies].map((set) => judge(set, subjectOf(request), labels).verdict);
  expect(said.map((verdict) => (verdict === 'skip' ? 'allow' : verdict))).toEqual([expected, expected]);
}); // prettier-ignore

test.each<[string, JsonObject, JsonObject, 'allow' | 'deny']>([
  ['labels', pod(privileged), pod(privileged, { labels: { a: 'b' } }), 'allow'],
  ['an annotation', pod(privileged), pod(privileged, { annotations: { a: 'b' } }), 'deny'],
  ['the spec', pod(privileged), pod({ ...privileged, activeDeadlineSeconds: 5 }), 'deny'],
])('of what was there before, an update of %s is refused only where the pod changes', (_, oldObject, object, expected) => {
  const policies = policySet(exported(enforce()).pairs);
  const { verdict } = judge(policies, subjectOf({ oldObject, object }));
  expect(verdict).toBe(expected);
});

test('what a policy is not the same in is told, field by field', () => {
  const { notes, pairs } = exported({
    mode: 'Enforce',
    schedule: [
      { from: '1969-01-01T00:00:00Z', mode: 'Warn', namespaceSelector: { matchLabels: { tier: 'lab' } } },
      { from: '2070-01-01T00:00:00Z', mode: 'Enforce' },
    ],
    exceptions: { namespaces: ['shop'] },
    failureMode: 'Ignore',
    match: on('*'),
    rules: [
      { check: 'privileged', exemptImages: ['registry.example/agent@*'] },
      { check: 'misplaced-field' },
      { check: 'host-ports' },
      { podSecurity: { fromNamespaceLabels: true } },
      { name: 'one', cel: { over: 'containers', expression: 'variables.n == 1', variables: [{ name: 'n', expression: 'container.x' }] } },
      { name: 'two', cel: { over: 'pods', expression: 'variables.pod == 1', variables: [{ name: 'pod', expression: '1' }] } },
      {
        name: 'three',
        cel: { expression: 'params.data.a == "b"', params: { apiVersion: 'v1', kind: 'ConfigMap', name: 'p' } },
        mode: 'Warn',
      },
    ],
  });
  const [checks, ...others] = pairs.map(([{ metadata, spec }]) => ({ name: metadata.name, failurePolicy: spec.failurePolicy }));
  expect([checks, ...others]).toEqual([
    { name: 'sallyport-g', failurePolicy: 'Ignore' },
    { name: 'sallyport-g-three', failurePolicy: 'Ignore' },
  ]);
  expect(notes.map((note) => /^.*?(?=: | is left out)/.exec(note)?.[0] ?? note)).toEqual([
    'spec.schedule[0]',
    'spec.schedule[1]',
    'spec.exceptions',
    'spec.updates',
    'spec.rules[0] (privileged)',
    'spec.rules[3] (podSecurity)',
    'rule misplaced-field',
    expect.stringContaining('custom resources'),
    'judged here too, though the webhook is never asked about them',
    'spec.rules[4] (one)',
    'spec.rules[5] (two)',
    'spec.rules[6] (three)',
    'spec.rules[6] (three)',
    'spec.rules[6] (three)',
  ]);
});

test('a guardrail that judges no built-in workload has no policy, and says why', () => {
  const { pairs, notes } = exported(enforce({ match: on('rollouts') }));
  expect(pairs).toEqual([]);
  expect(notes).toContainEqual(expect.stringContaining('spec.match: '));
});

test('a refusal names every fault and whose it is, in any number of containers', () => {
  const { pairs } = exported({ mode: 'Enforce', rules: [{ podSecurity: { level: 'baseline' } }] });
  const many = Array.from({ length: 400 }, (_, index) => ({ name: `c${index}-${'x'.repeat(20)}`, securityContext: { privileged: true } }));
  const messages = (spec: JsonObject) =>
    new Set(judge(policySet(pairs), subjectOf({ object: pod(spec) })).findings.map(({ message }) => message));
  expect(messages({ ...privileged, hostPID: true, hostIPC: true, volumes: [{ name: 'v', hostPath: {} }] })).toEqual(
    new Set([
      'hostNamespaces: hostPID, hostIPC must not be true; hostPathVolumes: volume "v" must not mount a path of the node; ' +
        'privileged: container "app" must not set privileged: true',
    ]),
  );
  expect(messages({ containers: many })).toEqual(new Set(['privileged: must not set privileged: true']));
});

test('params are those of the rule, in the namespace of the object where it names none', () => {
  const params = { apiVersion: 'v1', kind: 'ConfigMap', name: 'p' };
  const pairOf = (more: Partial<typeof params> & JsonObject, mode: 'Enforce' | 'Warn') =>
    exported(celRule({ expression: 'params.data.a == "b"', params: { ...params, ...more } }, { mode })).pairs[0];
  expect(pairOf({}, 'Enforce')?.[0].spec.paramKind).toEqual({ apiVersion: 'v1', kind: 'ConfigMap' });
  expect(pairOf({}, 'Enforce')?.[1].spec.paramRef).toEqual({ name: 'p', parameterNotFoundAction: 'Deny' });
  expect(pairOf({ namespace: 'ops' }, 'Warn')?.[1].spec.paramRef).toEqual({
    name: 'p',
    namespace: 'ops',
    parameterNotFoundAction: 'Allow',
  });
});

// ---- exempt images

const digest = `sha256:${'a'.repeat(64)}`;
const patterns = [
  'quay.io/a/b', 'quay.io/a/*', 'quay.io/*/b', 'quay.io/a.b', 'docker.io/nginx', 'docker.io/library/nginx', 'docker.io/library/*x', 'docker.io/*', 'docker.io/team/app',
  'quay.io/a:v1', 'quay.io/a:v1.*', 'quay.io/a:*', 'quay.io/a:l*t', 'docker.io/nginx:latest', `quay.io/a@${digest}`, 'quay.io/a@sha256:aa*', `quay.io/a:v1@${digest}`,
  'localhost/app', 'registry.internal:5000/a', '[::1]:5000/a', 'Quay.io/a',
]; // prettier-ignore
const names = [
  'nginx', 'library/nginx', 'docker.io/nginx', 'index.docker.io/library/nginx', 'docker.io/a.b/nginx', 'team/app', 'team/App', 'a.b/nginx', 'localhost/app', 'quay.io/a',
  'quay.io/a/b', 'quay.io/a/b/c', 'quay.io/x/y/b', 'quay.io/ab', 'quay.io/axb', 'quay.io/a.b', 'quay.io/a..b', 'quay.io/a__b', 'Quay.io/a', 'evil.example/quay.io/a/b', 'registry.internal:5000/a',
  '[::1]:5000/a', 'quay.io:80/a', 'quay.io/', 'quay.io', '', ' quay.io/a', 'quay.io/a//b', 'docker.io', 'docker.io/', 'docker.io/library/', 'docker.io/library', `quay.io/${'a'.repeat(255)}`,
  `quay.io/a/${'b'.repeat(254)}`, `docker.io/${'a'.repeat(247)}`, `docker.io/${'a'.repeat(248)}`,
]; // prettier-ignore
const ends = [
  '',
  ':v1',
  ':v1.2',
  ':latest',
  ':',
  ':lat.est',
  `@${digest}`,
  `:v1@${digest}`,
  '@sha256:12',
  `@sha256:${'b'.repeat(64)}`,
  ':v1:v1',
  `:${'v'.repeat(129)}`,
];

test.each(patterns)('images that %s exempts are those that the engine lets pass', (pattern) => {
  const spec = enforce({ rules: [{ check: 'privileged', exemptImages: [pattern] }] });
  const policies = policySet(exported(spec).pairs);
  const images = names.flatMap((name) => ends.map((end) => name + end));
  const passed = [setOf(spec), policies].map((set) => images.filter((image) => judge(set, subjectOf({ object: pod(running(image)) })).verdict !== 'deny'));
  expect(passed[1]).toEqual(passed[0]);
  expect(passed[0]?.length).toBeGreaterThan(0);
}); // prettier-ignore

const running = (image: string): JsonObject => ({ containers: [{ name: 'app', image, securityContext: { privileged: true } }] });

test.each<[string, RuleDocument, JsonObject, 'allow' | 'deny']>([
  ['a regular container', { check: 'privileged' }, running('quay.io/a'), 'allow'],
  ['an init container', { check: 'privileged' }, { initContainers: running('quay.io/a')['containers'] ?? [], containers: [] }, 'allow'],
  ['an ephemeral container', { check: 'privileged' }, { containers: [], ephemeralContainers: running('quay.io/a')['containers'] ?? [] }, 'deny'],
  ['another image beside it', { check: 'privileged' }, { containers: [running('quay.io/a'), running('quay.io/b')].flatMap(({ containers }) => containers as Json[]) }, 'deny'],
  ['what the container inherits', { check: 'run-as-non-root' }, { securityContext: { runAsNonRoot: false }, containers: [{ name: 'app', image: 'quay.io/a' }] }, 'deny'],
  ['what it says itself', { check: 'run-as-non-root' }, { securityContext: { runAsNonRoot: true }, containers: [{ name: 'app', image: 'quay.io/a', securityContext: { runAsNonRoot: false } }] }, 'allow'],
  ['a level', { podSecurity: { level: 'restricted' } }, running('quay.io/a'), 'allow'],
  ['the pod, under a level', { podSecurity: { level: 'restricted' } }, { hostPID: true, ...running('quay.io/a') }, 'deny'],
  ['CEL over containers', { name: 'r', cel: { over: 'containers', expression: 'false' } }, running('quay.io/a'), 'allow'],
  ['CEL over other containers', { name: 'r', cel: { over: 'containers', expression: 'false' } }, running('quay.io/b'), 'deny'],
  ['CEL over the object', { name: 'r', cel: { expression: 'false' } }, running('quay.io/a'), 'deny'],
  ['CEL over pods', { name: 'r', cel: { over: 'pods', expression: 'false' } }, running('quay.io/a'), 'deny'],
])('an exempt image excuses the same at both: %s', (_, rule, spec, expected) => {
  const guardrail: Spec = { mode: 'Enforce', rules: [{ ...rule, exemptImages: ['quay.io/a'] }, { check: 'host-ports', exemptImages: ['quay.io/b'] }] };
  const sets = [setOf(guardrail), policySet(exported(guardrail).pairs)];
  expect(sets.map((set) => judge(set, subjectOf({ object: pod(spec) })).verdict)).toEqual([expected, expected]);
}); // prettier-ignore

// ---- the command

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function command(...argv: string[]): Promise<Said> {
  let [out, err] = ['', ''];
  const code = await run(argv, {
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: {},
    now: () => new Date(0),
    root: new URL('../', import.meta.url),
    version: '',
    stdin: refused,
    termination: refused,
  });
  return { code, out, err };
}

const saying = (text: string): unknown => expect.stringContaining(text);
const refused = (): never => {
  throw new Error('not here');
};
const namesIn = (text: string): string[] => [...text.matchAll(/^ {2}name: (.*)$/gm)].map(([, name = '']) => name);
const excludedIn = (text: string): string[] => [...text.matchAll(/^ {12}- (.*)$/gm)].map(([, name = '']) => name);

test.each<[string[], string[], string[]]>([
  [['restricted'], ['sallyport-restricted', 'sallyport-restricted'], ['kube-system', 'kube-node-lease']],
  [['--policies', 'baseline', '--policies', 'restricted', 'baseline'], ['sallyport-baseline', 'sallyport-baseline'], ['kube-system', 'kube-node-lease']],
  [['--policies=baseline', '--policies=restricted', '--exclude-namespace='], [...Array(2).fill('sallyport-baseline'), ...Array(2).fill('sallyport-restricted')], []],
  [['--pod-security', 'baseline:v1.20', '--mode=Warn', '--exclude-namespace=a'], ['sallyport-pod-security', 'sallyport-pod-security'], ['a']],
])('generate vap %j prints policies that load, and what is not the same', async (argv, names, excluded) => {
  const { code, out, err } = await command(...argv);
  expect([code, namesIn(out), excludedIn(out)]).toEqual([0, names, excluded]);
  const loaded = loadGuardrails([{ file: 'vap.yaml', text: out, origin: '' }], { now: 0, maxLifetime: 0 });
  expect([loaded.errors, loaded.warnings]).toEqual([[], []]);
  expect(loaded.upstream.policies.map(({ name }) => name)).toEqual([...new Set(names)]);
  for (const line of err.trim().split('\n')) expect(out).toContain(`# - ${line.replace('sallyport generate vap: ', '')}\n`);
}); // prettier-ignore

test('generate vap that can say nothing, or is asked for nothing it knows, fails', async () => {
  expect(await command('--pod-security', 'privileged')).toMatchObject({ code: 2, out: '' });
  expect(await command()).toMatchObject({ code: 2, out: '', err: saying('name one pack') });
  expect(await command('restrictde')).toMatchObject({ code: 2, err: saying('did you mean the pack restricted') });
  expect(await command('--policies', 'restricted', 'restrictde')).toMatchObject({ code: 2, err: saying('did you mean restricted') });
});

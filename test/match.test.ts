import { expect, test } from '@jest/globals';
import { guessResource } from '../src/kube/resource-name.ts';
import { parseImage } from '../src/kube/image.ts';
import { compileSelector, selectorFaults } from '../src/kube/selector.ts';
import { parseTime } from '../src/kube/time.ts';
import { podSources, workloadOfKind } from '../src/kube/workload.ts';
import { fromManifest } from '../src/engine/from-manifest.ts';
import type { NamespaceFacts } from '../src/engine/facts.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { compileImagePattern, imagePatternFault, isPinned } from '../src/policy/image-pattern.ts';
import { judge } from '../src/policy/judge.ts';
import type { Requested, Spec } from './support/judging.ts';
import { factsOf, setOf, subjectOf } from './support/judging.ts';

// ---- selectors, as apimachinery has them

type Selector = Parameters<typeof compileSelector>[0];
const expression = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]): Selector => ({
  matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }],
});

test.each<[string, Selector, Record<string, string>, boolean]>([
  ['an empty selector', {}, {}, true],
  ['matchLabels', { matchLabels: { a: '1' } }, { a: '1', b: '2' }, true],
  ['another value', { matchLabels: { a: '1' } }, { a: '2' }, false],
  ['an absent label is not an empty one', { matchLabels: { a: '' } }, {}, false],
  ['all labels must hold', { matchLabels: { a: '1', b: '2' } }, { a: '1' }, false],
  ['In', expression('a', 'In', '1', '2'), { a: '2' }, true],
  ['In without the label', expression('a', 'In', '1'), {}, false],
  ['NotIn', expression('a', 'NotIn', '1'), { a: '2' }, true],
  ['NotIn of that value', expression('a', 'NotIn', '1'), { a: '1' }, false],
  ['NotIn without the label', expression('a', 'NotIn', '1'), {}, true],
  ['Exists', expression('a', 'Exists'), { a: '' }, true],
  ['Exists without the label', expression('a', 'Exists'), {}, false],
  ['DoesNotExist', expression('a', 'DoesNotExist'), {}, true],
  ['DoesNotExist with the label', expression('a', 'DoesNotExist'), { a: '' }, false],
  ['a key that every object has', expression('constructor', 'Exists'), {}, false],
  ['both parts must hold', { matchLabels: { a: '1' }, ...expression('b', 'Exists') }, { a: '1' }, false],
])('a selector: %s', (_, selector, labels, matches) => {
  expect(compileSelector(selector)(labels)).toBe(matches);
});

test.each<[string, Selector, string[]]>([
  ['nothing wrong', { matchLabels: { 'a.b/c': 'd' }, ...expression('x', 'In', '') }, []],
  ['In without values', expression('a', 'In'), ['matchExpressions[0].values']],
  ['Exists with values', expression('a', 'Exists', 'b'), ['matchExpressions[0].values']],
  ['a key with two slashes', expression('a/b/c', 'Exists'), ['matchExpressions[0].key']],
  ['a prefix in capitals', { matchLabels: { 'A.b/c': 'd' } }, ['matchLabels[A.b/c]']],
  ['a value with a space', { matchLabels: { a: 'b c' } }, ['matchLabels[a]']],
  ['a value of 64 letters', expression('a', 'In', 'x'.repeat(64)), ['matchExpressions[0].values[0]']],
])('a selector with %s', (_, selector, paths) => {
  expect(selectorFaults(selector).map(({ path }) => path)).toEqual(paths);
});

// ---- images

const digest = `sha256:${'a'.repeat(64)}`;

test.each<[string, string | null]>([
  ['nginx', 'docker.io library/nginx latest null'],
  ['nginx:1.2', 'docker.io library/nginx 1.2 null'],
  ['team/app', 'docker.io team/app latest null'],
  ['docker.io/nginx', 'docker.io library/nginx latest null'],
  ['index.docker.io/team/app', 'docker.io team/app latest null'],
  ['localhost/app', 'localhost app latest null'],
  ['registry.internal:5000/a/b:c', 'registry.internal:5000 a/b c null'],
  ['[::1]:5000/a', '[::1]:5000 a latest null'],
  [`quay.io/a/b@${digest}`, `quay.io a/b null ${digest}`],
  [`quay.io/a/b:c@${digest}`, `quay.io a/b c ${digest}`],
  ['Quay.io/a', 'Quay.io a latest null'],
  ['team/App', null],
  ['quay.io/a:', null],
  ['quay.io/a@sha256:12', null],
  ['', null],
  [' nginx', null],
  ['quay.io/../a', null],
  [`quay.io/${'a'.repeat(2000)}`, null],
])('the image %s reads as %s', (text, expected) => {
  const image = parseImage(text);
  expect(image && [image.registry, image.repository, String(image.tag), String(image.digest)].join(' ')).toBe(expected);
});

test.each<[string, string, boolean]>([
  ['quay.io/a/b', 'quay.io/a/b:any', true],
  ['quay.io/a/b', `quay.io/a/b@${digest}`, true],
  ['quay.io/a/b', 'quay.io/a/bc', false],
  ['quay.io/a/b', 'evil.example/quay.io/a/b', false],
  ['quay.io/a/*', 'quay.io/a/b/c', true],
  ['quay.io/a/*', 'quay.io/ab', false],
  ['docker.io/library/nginx', 'nginx', true],
  ['docker.io/nginx', 'nginx:1', true],
  ['quay.io/a:v1.*', 'quay.io/a:v1.2', true],
  ['quay.io/a:v1.*', 'quay.io/a:v2', false],
  ['quay.io/a:latest', 'quay.io/a', true],
  ['quay.io/a:v1', `quay.io/a:v1@${digest}`, false],
  [`quay.io/a@${digest}`, `quay.io/a:x@${digest}`, true],
  [`quay.io/a@${digest}`, 'quay.io/a:x', false],
  [`quay.io/a@${digest}`, `quay.io/a@sha256:${'b'.repeat(64)}`, false],
  ['quay.io/a', 'not an image', false],
])('the pattern %s on %s: %s', (pattern, image, matches) => {
  expect(imagePatternFault(pattern)).toBe(null);
  expect(compileImagePattern(pattern)(image)).toBe(matches);
});

test('patterns without a registry, and those that are no reference, are refused; those without a digest are not pinned', () => {
  for (const pattern of ['nginx', 'team/app', '*', '*.io/a', 'quay.io/A', 'quay.io/a b', 'quay.io/a@x']) {
    expect([pattern, imagePatternFault(pattern)]).toEqual([pattern, expect.any(String)]);
  }
  expect([`quay.io/a@${digest}`, 'quay.io/a:v1', 'quay.io/a@sha256:*'].map(isPinned)).toEqual([true, false, false]);
});

// ---- times and names

test.each<[string, number | null]>([
  ['1970-01-01T00:00:01Z', 1000],
  ['1970-01-01T01:00:00+01:00', 0],
  ['1970-01-01T00:00:00.5Z', 500],
  ['2027-02-30T00:00:00Z', null],
  ['2027-02-28T24:00:00Z', null],
  ['2027-01-15', null],
  ['2027-01-15T00:00:00', null],
  ['15 January 2027', null],
])('the time %s is %s', (text, expected) => expect(parseTime(text)).toBe(expected));

test.each([['Pod', 'pods'], ['Ingress', 'ingresses'], ['NetworkPolicy', 'networkpolicies'], ['Endpoints', 'endpoints'], ['constructor', 'constructors']])(
  'the resource of a %s is %s',
  (kind, resource) => expect(guessResource(kind)).toBe(resource),
); // prettier-ignore

// ---- workloads of others

const template = { metadata: {}, spec: { containers: [] } };

test.each<[string, string, JsonObject, string[]]>([
  ['argoproj.io', 'Rollout', { spec: { template } }, ['spec.template.spec']],
  ['argoproj.io', 'Rollout', { spec: { workloadRef: {} } }, []],
  ['serving.knative.dev', 'Service', { spec: { template } }, ['spec.template.spec']],
  ['serving.knative.dev', 'Revision', { spec: {} }, ['spec']],
  ['batch.volcano.sh', 'Job', { spec: { tasks: [{ template }, { template }] } }, ['spec.tasks[0].template.spec', 'spec.tasks[1].template.spec']],
  ['kubeflow.org', 'PyTorchJob', { spec: { pytorchReplicaSpecs: { Master: { template }, 'x.y': { template } } } }, ['spec.pytorchReplicaSpecs.Master.template.spec', 'spec.pytorchReplicaSpecs[x.y].template.spec']],
  ['ray.io', 'RayCluster', { spec: { headGroupSpec: { template }, workerGroupSpecs: [{ template }] } }, ['spec.headGroupSpec.template.spec', 'spec.workerGroupSpecs[0].template.spec']],
  ['jobset.x-k8s.io', 'JobSet', { spec: { replicatedJobs: [{ template: { spec: { template } } }] } }, ['spec.replicatedJobs[0].template.spec.template.spec']],
  ['batch.volcano.sh', 'Job', { spec: { tasks: 'x' } }, ['unreadable spec.tasks']],
  ['batch.volcano.sh', 'Job', { spec: { tasks: [null] } }, ['unreadable spec.tasks[0]']],
  ['example.com', 'Rollout', { spec: { template } }, ['none']],
])('%s %s holds its pods at %j', (group, kind, object, expected) => {
  const workload = workloadOfKind(group, kind);
  const sources = workload ? podSources(object, workload) : null;
  expect(sources?.map((source) => ('expected' in source ? `unreadable ${source.path}` : source.path)) ?? ['none']).toEqual(expected);
}); // prettier-ignore

// ---- what a guardrail matches

const bad = { containers: [{ name: 'a', securityContext: { privileged: true } }] };
const pod = (metadata: JsonObject = {}): JsonObject => ({ metadata: { name: 'p', ...metadata }, spec: bad });
const deployment = (metadata: JsonObject = {}): JsonObject => ({ metadata: { name: 'd', ...metadata }, spec: { template: { spec: bad } } });
const asPod: Requested = { object: pod() };
const asDeployment: Requested = { kind: 'Deployment', object: deployment() };

type Match = NonNullable<Spec['match']>;
type Rule = NonNullable<Match['resourceRules']>[number];
const rule = (resources: string, more: Partial<Rule> = {}): Rule => ({
  apiGroups: ['', 'apps'],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: resources.split(','),
  ...more,
});
const rules = (...resourceRules: Rule[]): Match => ({ resourceRules });
const only = (...resourceRules: Rule[]): Match => ({ resourceRules, templates: false });
const debug: Requested = { ...asPod, subresource: 'ephemeralcontainers', oldObject: { metadata: {}, spec: { containers: [] } } };

test.each<[string, boolean, Match | undefined, Requested]>([
  ['nothing said: pods', true, undefined, asPod],
  ['nothing said: workloads', true, undefined, asDeployment],
  ['nothing said: custom resources with templates', true, undefined, { group: 'argoproj.io', kind: 'Rollout', object: deployment() }],
  ['nothing said: ephemeral containers', true, undefined, debug],
  ['nothing said: a subresource yet to come', true, undefined, { ...asPod, subresource: 'future' }],
  ['nothing said: a binding', false, undefined, { ...asPod, subresource: 'binding' }],
  ['templates off: pods', true, { templates: false }, asPod],
  ['templates off: workloads', false, { templates: false }, asDeployment],
  ['pods: pods', true, rules(rule('pods')), asPod],
  ['pods: the workloads that make them', true, rules(rule('pods')), asDeployment],
  ['pods, templates off: workloads', false, only(rule('pods')), asDeployment],
  ['pods: their subresources', false, rules(rule('pods')), debug],
  ['pods/*: pods', true, rules(rule('pods/*')), asPod],
  ['pods/*: their subresources', true, rules(rule('pods/*')), debug],
  ['*: top-level resources', true, only(rule('*')), asDeployment],
  ['*: subresources', false, only(rule('*')), debug],
  ['*/*: subresources', true, only(rule('*/*')), debug],
  ['*/ephemeralcontainers: that subresource', true, only(rule('*/ephemeralcontainers')), debug],
  ['*/ephemeralcontainers: pods', false, only(rule('*/ephemeralcontainers')), asPod],
  ['another operation', false, rules(rule('pods', { operations: ['UPDATE'] })), asPod],
  ['every operation', true, rules(rule('pods', { operations: ['*'] })), asPod],
  ['another group', false, only(rule('pods', { apiGroups: ['apps'] })), asPod],
  ['every group and version', true, only(rule('deployments', { apiGroups: ['*'], apiVersions: ['*'] })), asDeployment],
  ['another version', false, only(rule('pods', { apiVersions: ['v2'] })), asPod],
  ['a version under which the kind once was', true, only(rule('deployments', { apiGroups: ['extensions'], apiVersions: ['v1beta1'] })), asDeployment],
  ['scope Namespaced', true, rules(rule('pods', { scope: 'Namespaced' })), asPod],
  ['scope Cluster', false, rules(rule('pods', { scope: 'Cluster' })), asPod],
  ['a name', true, rules(rule('pods', { resourceNames: ['q', 'p'] })), asPod],
  ['another name', false, rules(rule('pods', { resourceNames: ['q'] })), asPod],
  ['a name, and a pod that has none yet', false, rules(rule('pods', { resourceNames: ['q'] })), { object: { metadata: { generateName: 'q' }, spec: bad } }],
  ['a name of a pod, and a workload of that name', false, rules(rule('pods', { resourceNames: ['d'] })), asDeployment],
  ['excluded', false, { excludeResourceRules: [rule('pods')] }, asPod],
  ['excluded pods leave workloads that are named', true, { resourceRules: [rule('pods,deployments')], excludeResourceRules: [rule('pods')] }, asDeployment],
  ['excluded pods leave out workloads that only make them', false, { resourceRules: [rule('pods')], excludeResourceRules: [rule('pods')] }, asDeployment],
  ['excluded by name', false, { excludeResourceRules: [rule('pods', { resourceNames: ['p'] })] }, asPod],
  ['excluded by another name', true, { excludeResourceRules: [rule('pods', { resourceNames: ['q'] })] }, asPod],
  ['labels of the namespace', true, { namespaceSelector: { matchLabels: { tier: 'prod' } } }, asPod],
  ['other labels of the namespace', false, { namespaceSelector: { matchLabels: { tier: 'dev' } } }, asPod],
  ['the name of the namespace', true, { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }, asPod],
  ['names of other namespaces', false, { namespaceSelector: expression('kubernetes.io/metadata.name', 'In', 'a', 'b') }, asPod],
  ['all but a namespace', false, { namespaceSelector: expression('kubernetes.io/metadata.name', 'NotIn', 'shop') }, asPod],
  ['labels of the object', true, { objectSelector: { matchLabels: { a: 'b' } } }, { object: pod({ labels: { a: 'b' } }) }],
  ['other labels of the object', false, { objectSelector: { matchLabels: { a: 'b' } } }, asPod],
  ['labels that the object had', true, { objectSelector: { matchLabels: { a: 'b' } } }, { object: pod(), oldObject: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } } }],
  ['labels of the workload, not of its pods', false, { objectSelector: { matchLabels: { a: 'b' } } }, { kind: 'Deployment', object: { metadata: {}, spec: { template: { metadata: { labels: { a: 'b' } }, spec: bad } } } }],
  ['an object without metadata has no labels, not even absent ones', false, { objectSelector: expression('a', 'DoesNotExist') }, { object: { spec: bad } }],
])('%s: %s', (_, matches, match, request) => {
  const set = setOf({ mode: 'Enforce', ...(match && { match }), rules: [{ check: 'privileged' }] });
  const { verdict, wants } = judge(set, subjectOf(request), factsOf({ shop: { tier: 'prod' } }));
  expect([verdict, wants]).toEqual([matches ? 'deny' : 'skip', []]);
}); // prettier-ignore

const onLabels: Match = { namespaceSelector: { matchLabels: { tier: 'prod' } } };

test('labels that are not known are wanted; until then the failure mode decides', () => {
  const ask = (spec: Partial<Spec>, request = asPod) => {
    const { verdict, wants, findings } = judge(setOf({ mode: 'Enforce', match: onLabels, rules: [{ check: 'privileged' }], ...spec }), subjectOf(request)); // prettier-ignore
    return [verdict, wants.length, findings.map(({ check }) => check).join()];
  };
  expect(ask({})).toEqual(['deny', 1, 'namespace-labels']);
  expect(ask({ failureMode: 'Ignore' })).toEqual(['warn', 1, 'namespace-labels']);
  expect(ask({ mode: 'Audit' })).toEqual(['allow', 1, 'namespace-labels']);
  expect(ask({ exempt: { namespaces: ['shop'] } })).toEqual(['skip', 0, '']);
  // What cannot match whatever the labels are is no error.
  expect(ask({ match: { ...onLabels, resourceRules: [rule('services')] } })).toEqual(['skip', 0, '']);
  expect(ask({ match: { ...onLabels, objectSelector: { matchLabels: { a: 'b' } } } })).toEqual(['skip', 0, '']);
});

test('a namespace that is missing is an error that nobody can mend', () => {
  const set = setOf({ mode: 'Enforce', match: onLabels, rules: [{ check: 'privileged' }] });
  const { verdict, wants } = judge(set, subjectOf(asPod), factsOf());
  expect([verdict, wants]).toEqual(['deny', []]);
});

const named = (namespace: string): Spec => ({
  mode: 'Audit',
  match: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
  rules: [{ check: 'privileged' }],
});

test('guardrails that name their namespace are found beside those for all, in the order of their names', () => {
  const set = setOf({ mode: 'Audit', rules: [{ check: 'privileged' }] });
  const guardrails = [named('shop'), named('bank')].map((spec, index) => setOf(spec).guardrails.map((guardrail) => ({ ...guardrail, name: `a${index}` }))); // prettier-ignore
  const whole = { ...set, guardrails: [...guardrails.flat(), ...set.guardrails] };
  expect(judge(whole, subjectOf(asPod)).guardrails.map(({ name }) => name)).toEqual(['a0', 'g']);
  expect(judge(whole, subjectOf({ ...asPod, namespace: 'bank' })).guardrails.map(({ name }) => name)).toEqual(['a1', 'g']);
  expect(judge(whole, subjectOf({ ...asPod, namespace: 'other' })).guardrails.map(({ name }) => name)).toEqual(['g']);
});

const shop = (tier: string): NamespaceFacts => ({ labels: { 'kubernetes.io/metadata.name': 'shop', tier } });

test('what the labels of a namespace select is remembered for as long as they are the same', () => {
  const set = setOf({ mode: 'Enforce', match: onLabels, rules: [{ check: 'privileged' }] });
  const verdictIn = (namespace: NamespaceFacts | undefined) => judge(set, subjectOf(asPod), { now: 0, namespace: () => namespace }).verdict;
  const [prod, test] = [shop('prod'), shop('test')];
  expect([prod, prod, test, test, undefined, prod, shop('test'), shop('prod')].map(verdictIn)).toEqual([
    'deny', 'deny', 'skip', 'skip', 'deny', 'deny', 'skip', 'deny',
  ]); // prettier-ignore
});

const inVersion = (version: string) => ({
  apiGroups: ['example.com'],
  apiVersions: [version],
  operations: ['CREATE' as const],
  resources: ['rollouts'],
});
const converted = (version: string) => ({
  request: { requestResource: { group: 'example.com', version, resource: 'rollouts' } },
  text: '',
});
test.each<[string, Spec['match'], string, string]>([
  ['the version that it was converted to', { resourceRules: [inVersion('v1')] }, 'v2', 'deny'],
  ['the version that was asked for', { resourceRules: [inVersion('v2')] }, 'v2', 'deny'],
  ['another version', { resourceRules: [inVersion('v3')] }, 'v2', 'skip'],
  ['the version that was asked for, to leave it out', { resourceRules: [inVersion('v1')], excludeResourceRules: [inVersion('v2')] }, 'v2', 'skip'],
  ['a version that nobody asked for, to leave it out', { resourceRules: [inVersion('v1')], excludeResourceRules: [inVersion('v2')] }, 'v1', 'deny'],
])('of an object that the API server converted, a rule names %s', (_, match, asked, verdict) => {
  const set = setOf({ mode: 'Enforce', match: match ?? {}, rules: [{ check: 'privileged' }] });
  const subject = { ...subjectOf({ ...asPod, object: pod() }), resource: { group: 'example.com', version: 'v1', resource: 'rollouts' } };
  expect(judge(set, { ...subject, sent: converted(asked) }).verdict).toBe(verdict);
}); // prettier-ignore

test('a document of a file matches as its request would', () => {
  const set = setOf({ mode: 'Enforce', match: { resourceRules: [rule('pods')] }, rules: [{ check: 'privileged' }] });
  const manifest = (apiVersion: string, kind: string, object: Json) => judge(set, fromManifest({ apiVersion, kind, ...(object as JsonObject) }, 'shop')).verdict; // prettier-ignore
  expect(manifest('v1', 'Pod', pod())).toBe('deny');
  expect(manifest('apps/v1', 'Deployment', deployment())).toBe('deny');
  expect(manifest('argoproj.io/v1alpha1', 'Rollout', deployment())).toBe('deny');
  expect(manifest('example.com/v1', 'Rollout', deployment())).toBe('skip');
});

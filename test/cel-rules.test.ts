import { expect, test } from '@jest/globals';
import type { CelDocument } from '../src/api/cel-rule.ts';
import type { Facts } from '../src/engine/facts.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { guardrailFaults } from '../src/policy/guardrail-faults.ts';
import { guardrailWarnings } from '../src/policy/guardrail-warnings.ts';
import { judgePolicyObject, policyRefusal } from '../src/policy/judge-policy-object.ts';
import { judge } from '../src/policy/judge.ts';
import type { Requested, Spec } from './support/judging.ts';
import { documentOf, factsOf, setOf, subjectOf, told } from './support/judging.ts';

const ruled = (cel: CelDocument, more: Partial<Spec> = {}): Spec => ({ mode: 'Enforce', rules: [{ name: 'r', cel }], ...more });
const cel = (expression: string, more: Partial<CelDocument> = {}): CelDocument => ({ expression, ...more });
const anything = { resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*' as const], resources: ['*'] }] };

const container = (name: string, image = `registry.internal/${name}:1`): JsonObject => ({ name, image });
const pod = (containers: Json[], metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers },
});
const deployment = (template: JsonObject, metadata: JsonObject = {}): JsonObject => ({ metadata, spec: { replicas: 1, template } });

// ---- what is found, and where

const ours = cel("container.image.startsWith('registry.internal/')", { over: 'containers', field: 'image' });
const team = cel("has(object.metadata.labels) && 'team' in object.metadata.labels", {
  field: 'metadata.labels.team',
  message: 'set the label team',
});

test.each<[string, Spec, Requested, string[]]>([
  ['an object that keeps the rule', ruled(team), { object: pod([], { labels: { team: 'a' } }) }, []],
  ['an object that breaks it, at the field', ruled(team), { object: pod([]) }, ['active r metadata.labels.team']],
  ['without a field, at what the expression judges', ruled(cel('size(object.spec.containers) > 5')), { object: pod([]) }, ['active r spec.containers']],
  ['containers one by one', ruled(ours), { object: pod([container('a'), container('b', 'docker.io/b')]) }, ['active r spec.containers[1].image']],
  ['containers of a template', ruled(ours), { kind: 'Deployment', object: deployment(pod([container('a', 'x')])) }, ['active r spec.template.spec.containers[0].image']],
  ['a pod, wherever it stands', ruled(cel('pod.metadata.name == "x"', { over: 'pods', field: 'metadata.name' })), { kind: 'Deployment', object: deployment(pod([])) }, ['active r spec.template.metadata.name']],
  ['no object but workloads where nothing is matched', ruled(cel('false')), { kind: 'ConfigMap', resource: 'configmaps', group: '', object: {} }, []],
  ['an object without pods', ruled(cel('object.data.a == "b"', { field: 'data.a' }), { match: anything }), { kind: 'ConfigMap', resource: 'configmaps', group: '', object: { data: { a: 'c' } } }, ['active r data.a']],
  ['a namespace', ruled(cel('false', { field: 'metadata.name' }), { match: anything }), { kind: 'Namespace', resource: 'namespaces', group: '', name: 'shop', object: { metadata: { name: 'shop' } } }, ['active r metadata.name']],
  ['an exempt namespace', ruled(cel('false'), { match: anything, exempt: { namespaces: ['shop'] } }), { kind: 'Namespace', resource: 'namespaces', group: '', name: 'shop', object: { metadata: { name: 'shop' } } }, []],
  ['a deletion', ruled(cel("oldObject.metadata.name != 'p'"), { match: anything }), { operation: 'DELETE', oldObject: pod([]) }, ['active r ']],
  ['the user', ruled(cel("request.userInfo.username != 'ann'")), { object: pod([]) }, ['active r ']],
  ['variables, each seeing those before', ruled(cel('variables.b == 3', { variables: [{ name: 'a', expression: '1' }, { name: 'b', expression: 'variables.a + 1' }] })), { object: pod([]) }, ['active r ']],
  ['an expression that fails', ruled(cel("object.metadata.labels.team == 'a'")), { object: pod([]) }, ['active r ']],
  ['a template without metadata', ruled(cel('has(pod.metadata.labels)', { over: 'pods', field: 'metadata.labels' })), { kind: 'Deployment', object: deployment({ spec: { containers: [] } }) }, ['active r spec.template.metadata.labels']],
  ['what is no pod where one should be', ruled(cel('true', { over: 'pods' })), { kind: 'Deployment', object: { spec: { template: 'x' } } }, ['active r spec.template']],
  ['what is no container', ruled(ours), { object: pod(['x']) }, ['active r spec.containers[0]']],
  ['a field that is null as one that is not there', ruled(cel('!has(object.metadata.labels) && object.metadata.size() == 2')), { object: pod([], { labels: null }) }, []],
  ['the rules of a role, which are there when they are null', ruled(cel('object.rules == null', { field: 'rules' }), { match: anything }), { kind: 'ClusterRole', resource: 'clusterroles', group: 'rbac.authorization.k8s.io', object: { rules: null } }, []],
  ['a null of a custom resource', ruled(cel('object.spec.a == null', { field: 'spec.a' }), { match: anything }), { kind: 'Thing', resource: 'things', group: 'x.io', object: { spec: { a: null } } }, []],
  ['a rule that is off', { mode: 'Enforce', rules: [{ name: 'r', mode: 'Off', cel: cel('false') }] }, { object: pod([]) }, []],
  ['an exempt image', { mode: 'Enforce', rules: [{ name: 'r', cel: cel('false', { over: 'containers' }), exemptImages: ['registry.internal/a'] }] }, { object: pod([container('a'), container('b')]) }, ['active r spec.containers[1]']],
])('a rule in CEL finds: %s', (_, spec, request, expected) => {
  expect(told(judge(setOf(spec), subjectOf(request)).findings)).toEqual(expected);
}); // prettier-ignore

// ---- words

test.each<[string, CelDocument, Requested, string]>([
  ['the message', team, { object: pod([]) }, 'set the label team'],
  ['the message that an expression makes', cel('false', { messageExpression: "'not ' + object.metadata.name" }), { object: pod([]) }, 'not p'],
  ['the message where that fails', cel('false', { messageExpression: 'string(object.x)', message: 'no' }), { object: pod([]) }, 'no'],
  ['the expression where there is none', cel('1 == 2'), { object: pod([]) }, 'is refused where this is not true: 1 == 2'],
  ['why it cannot be told', cel('object.x == 1'), { object: pod([]) }, "this rule cannot be evaluated here: expression 'object.x == 1' resulted in error: no such key: x"],
  ['nothing of a Secret', cel('false', { messageExpression: "object.data.p + object.stringData.q + (has(object.metadata.annotations) ? 'x' : '')" }), { kind: 'Secret', object: { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { p: 'aHVudGVy' }, stringData: { q: 'hunter' } } }, 'REDACTEDREDACTED'],
  ['nothing of a Secret in an error', cel('int(object.stringData.q) == 1'), { kind: 'Secret', object: { apiVersion: 'v1', kind: 'Secret', metadata: {}, stringData: { q: 'hunter' } } }, 'this rule cannot be evaluated here: an expression fails, and what it says may hold values of the Secret'],
])('a finding of CEL says %s', (_, document, request, expected) => {
  const { findings } = judge(setOf(ruled(document, { match: anything })), subjectOf({ ...request, resource: request.kind === 'Secret' ? 'secrets' : 'pods', group: '' }));
  expect(findings.map(({ message }) => message)).toEqual([expected]);
}); // prettier-ignore

// ---- cures

test.each<[string, CelDocument['cure'], unknown]>([
  ['a value', { set: 'a', class: 'safe' }, { set: 'a', class: 'safe' }],
  ['a value that an expression makes', { setExpression: "'x-' + object.metadata.name" }, { set: 'x-p', class: 'review' }],
  [
    'a structure that an expression makes',
    { setExpression: "{'a': [1, object.spec.containers.size()]}" },
    { set: { a: [1, 0] }, class: 'review' },
  ],
  ['a removal', { remove: true }, { remove: true, class: 'review' }],
  ['none where the expression fails', { setExpression: 'object.x' }, null],
])('a rule in CEL cures by %s', (_, cure, expected) => {
  const { findings } = judge(setOf(ruled({ ...team, ...(cure && { cure }) })), subjectOf({ object: pod([]) }));
  expect(findings.map((finding) => finding.cure)).toEqual([expected]);
});

test('a cure reads variables as the rule does', () => {
  const rule = { ...team, variables: [{ name: 'v', expression: "'x-' + object.metadata.name" }], cure: { setExpression: 'variables.v' } };
  const { findings } = judge(setOf(ruled(rule)), subjectOf({ object: pod([]) }));
  expect(findings.map((finding) => finding.cure)).toEqual([{ set: 'x-p', class: 'review' }]);
});

test.each<[string, string, unknown]>([
  ['is shown where nothing of the values is in it', 'object.metadata.name', { set: 's', class: 'review' }],
  ['is none where it would show them', 'object.stringData.q', null],
  ['is none where it would show them in other words', 'variables.v', null],
])('the cure of a Secret %s', (_, setExpression, expected) => {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { q: 'hunter' } };
  const rule = cel('false', { field: 'metadata.labels.a', variables: [{ name: 'v', expression: "object.stringData.q + 'x'" }], cure: { setExpression } }); // prettier-ignore
  const judged = judge(setOf(ruled(rule, { match: anything })), subjectOf({ kind: 'Secret', resource: 'secrets', group: '', object }));
  expect(judged.findings.map((finding) => finding.cure)).toEqual([expected]);
});

test('what a rule takes from a Secret as params is in no error and in no cure', () => {
  const params = { apiVersion: 'v1', kind: 'Secret', name: 's' };
  const facts: Facts = { ...factsOf(), params: () => [{ apiVersion: 'v1', kind: 'Secret', data: { q: 'hunter' } }] };
  const failing = cel('int(params.data.q) == 1', { params });
  const curing = cel('false', { params, field: 'metadata.name', cure: { setExpression: 'params.data.q' } });
  const told = [failing, curing].map((rule) => judge(setOf(ruled(rule)), subjectOf({ object: pod([]) }), facts).findings);
  expect(JSON.stringify(told)).not.toContain('hunter');
  expect(told.map((findings) => findings.length)).toEqual([1, 1]);
});

// ---- updates

const image = (tag: string) => container('a', `docker.io/a:${tag}`);
test.each<[string, Spec, Requested, string[]]>([
  ['what it said before, reading the same', ruled(team), { object: pod([], { annotations: { a: 'b' } }), oldObject: pod([]) }, ['ratcheted r metadata.labels.team']],
  ['what it did not say before', ruled(team), { object: pod([]), oldObject: pod([], { labels: { team: 'a' } }) }, ['active r metadata.labels.team']],
  ['what it said before of something else', ruled(cel('object.spec.x == 1', { field: 'spec.x' })), { object: { spec: { x: 3 } }, oldObject: { spec: { x: 2 } } }, ['active r spec.x']],
  ['what hangs on the object before the update', ruled(cel('object.metadata.name != oldObject.metadata.name')), { object: pod([]), oldObject: pod([]) }, ['active r metadata.name']],
  ['containers in another order', ruled(ours), { object: pod([container('b'), image('1')]), oldObject: pod([image('1'), container('b')]) }, ['ratcheted r spec.containers[1].image']],
  ['a container with another image', ruled(ours), { object: pod([image('2')]), oldObject: pod([image('1')]) }, ['active r spec.containers[0].image']],
  ['a container beside one that was there', ruled(ours), { object: pod([image('1'), container('b', 'x')]), oldObject: pod([image('1')]) }, ['active r spec.containers[1].image', 'ratcheted r spec.containers[0].image']],
  ['everything, where updates are judged in full', ruled(team, { updates: 'Full' }), { object: pod([]), oldObject: pod([]) }, ['active r metadata.labels.team']],
])('an update, of a rule in CEL: %s', (_, spec, request, expected) => {
  expect(told(judge(setOf(spec), subjectOf(request)).findings)).toEqual(expected);
}); // prettier-ignore

// ---- conditions

const conditions = (...expressions: string[]): Spec => ({
  mode: 'Enforce',
  match: { conditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })) },
  rules: [{ check: 'host-namespaces' }],
});
const bad: Requested = { object: { metadata: { name: 'p' }, spec: { hostPID: true, containers: [] } } };

test.each<[string, Spec, string, string[]]>([
  ['true', conditions('true'), 'deny', ['active host-namespaces spec.hostPID']],
  ['false', conditions('true', "request.userInfo.username != 'ann'"), 'skip', []],
  ['one that fails', conditions('object.x == 1'), 'deny', ['active namespace-labels ']],
  ['one that fails beside one that is false', conditions('object.x == 1', 'false'), 'skip', []],
  [
    'one that fails, and failures are ignored',
    { ...conditions('object.x == 1'), failureMode: 'Ignore' },
    'warn',
    ['active namespace-labels '],
  ],
])('conditions of a match: %s', (_, spec, verdict, expected) => {
  const judged = judge(setOf(spec), subjectOf(bad));
  expect([judged.verdict, told(judged.findings)]).toEqual([verdict, expected]);
});

// ---- facts

const withParams = cel('object.spec.replicas <= int(params.data.max)', {
  params: { apiVersion: 'v1', kind: 'ConfigMap', name: 'limits', namespace: 'policies' },
  field: 'spec.replicas',
});
const three: Requested = { kind: 'Deployment', object: { spec: { replicas: 3, template: pod([]) } } };
const source = { apiVersion: 'v1', kind: 'ConfigMap', name: 'limits', namespace: 'policies', selector: null };

test.each<[string, Facts, string[], unknown[]]>([
  ['not known', factsOf(), ['active r '], [{ kind: 'params', source }]],
  ['not there', { ...factsOf(), params: () => [] }, ['active r '], []],
  ['there, and kept', { ...factsOf(), params: () => [{ data: { max: '3' } }] }, [], []],
  ['there, and broken', { ...factsOf(), params: () => [{ data: { max: '2' } }] }, ['active r spec.replicas'], []],
])('params that are %s', (_, facts, expected, wants) => {
  const judged = judge(setOf(ruled(withParams)), subjectOf(three), facts);
  expect([told(judged.findings), judged.wants]).toEqual([expected, wants]);
});

test.each<[string, Facts, string[], unknown[]]>([
  ['not asked yet', factsOf(), ['active r '], [{ kind: 'access', review: expect.objectContaining({ user: 'ann' }) }]],
  ['yes', { ...factsOf(), access: () => ({ allowed: true, reason: '' }) }, [], []],
  ['no', { ...factsOf(), access: () => ({ allowed: false, reason: '' }) }, ['active r '], []],
])('an authorizer that says: %s', (_, facts, expected, wants) => {
  const spec = ruled(cel("authorizer.group('').resource('pods').namespace('shop').check('delete').allowed()"));
  const judged = judge(setOf(spec), subjectOf({ object: pod([]) }), facts);
  expect([told(judged.findings), judged.wants]).toEqual([expected, wants]);
});

const holder = (owner: string): Facts => ({
  now: 0,
  namespace: () => ({ labels: {}, object: { metadata: { name: 'shop', annotations: { owner } } } }),
});

test('the namespace is the object that holds it', () => {
  const set = setOf(ruled(cel("namespaceObject.metadata.annotations['owner'] == 'ann'")));
  const request = subjectOf({ object: pod([]) });
  expect(['ann', 'bob'].map((owner) => judge(set, request, holder(owner)).verdict)).toEqual(['allow', 'deny']);
});

// ---- what is refused at load

test.each<[string, JsonObject, string]>([
  ['what does not compile', { cel: { expression: 'object.x +' } }, 'spec.rules[0].cel.expression: '],
  ['what is no bool', { cel: { expression: 'object.x' } }, 'spec.rules[0].cel.expression: must evaluate to bool but got dyn'],
  ['an unknown name', { cel: { expression: 'objekt.x == 1' } }, 'did you mean "object"?'],
  ['params without any', { cel: { expression: 'params.x == 1' } }, "spec.rules[0].cel.expression: undeclared reference to 'params'"],
  ['a container that is not asked of', { cel: { expression: 'container.x == 1' } }, "spec.rules[0].cel.expression: undeclared reference to 'container'"],
  ['a variable that does not compile', { cel: { expression: 'true', variables: [{ name: 'a', expression: '1 +' }] } }, 'spec.rules[0].cel.variables[0].expression: '],
  ['a message that is no text', { cel: { expression: 'true', messageExpression: '1' } }, 'spec.rules[0].cel.messageExpression: '],
  ['a cure without a field', { cel: { expression: 'true', cure: { set: 1 } } }, 'spec.rules[0].cel.field: a cure needs'],
  ['a cure of two kinds', { cel: { expression: 'true', field: 'a', cure: { set: 1, remove: true } } }, 'spec.rules[0].cel.cure: a cure has one of'],
  ['a cure that does not compile', { cel: { expression: 'true', field: 'a', cure: { setExpression: 'x' } } }, 'spec.rules[0].cel.cure.setExpression: '],
  ['quotes in a field', { cel: { expression: 'true', field: 'metadata.labels["a.b/c"]' } }, 'spec.rules[0].cel.field: "metadata.labels[\\"a.b/c\\"]" is no field path as Kubernetes writes them; did you mean "metadata.labels[a.b/c]"?'],
  ['a label without brackets', { cel: { expression: 'true', field: 'metadata.labels.a.b/c' } }, 'did you mean "metadata.labels[a.b/c]"?'],
  ['a field from the variable', { cel: { expression: 'true', field: 'object.metadata.name' } }, 'did you mean "metadata.name"?'],
  ['a field from the container', { cel: { expression: 'true', over: 'containers', field: 'container.image' } }, 'did you mean "image"?'],
  ['a field with a dot too many', { cel: { expression: 'true', field: 'spec..x.' } }, 'did you mean "spec.x"?'],
  ['a field of every item', { cel: { expression: 'true', field: 'spec.containers[*].image' } }, 'over: containers'],
  ['a field that names nothing', { cel: { expression: 'true', field: '$' } }, 'leave it out'],
  ['no name', { name: undefined, cel: { expression: 'true' } }, 'spec.rules[0].name: a rule in CEL needs a name'],
  ['CEL beside a check', { check: 'privileged', cel: { expression: 'true' } }, 'spec.rules[0]: a rule names one of check, podSecurity and cel'],
])('a rule in CEL with %s is refused', (_, rule, expected) => {
  const faults = guardrailFaults(documentOf({ mode: 'Enforce', rules: [{ name: 'r', ...rule }] } as unknown as Spec) as unknown as Json);
  expect(faults.map(({ path, message }) => `${path}: ${message}`).join('\n')).toContain(expected);
  expect(faults).toHaveLength(1);
}); // prettier-ignore

// ---- what is loaded with a warning

const onPods = (templates?: boolean): Partial<Spec> => ({
  match: {
    resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/*'] }],
    ...(templates !== undefined && { templates }),
  },
});
const podOnly = "object.spec.containers.all(c, c.image.startsWith('a'))";

test.each<[string, Spec, string[]]>([
  ['containers of the object, of every workload', ruled(cel(podOnly)), ['spec.rules[0].cel.expression: object.spec.containers is there in a Pod only, and other workloads are judged too; over: pods asks of every pod and pod template, as pod: pod.spec.containers']],
  ['the same, of pods and so of their templates', ruled(cel(podOnly), onPods()), [expect.stringContaining('object.spec.containers') as unknown as string]],
  ['the same, of pods alone', ruled(cel(podOnly), onPods(false)), []],
  ['the same, where a condition asks the kind', ruled(cel(podOnly), { match: { conditions: [{ name: 'c', expression: "request.kind.kind == 'Pod'" }] } }), []],
  ['the object in a rule over containers', ruled(cel('container.name in object.spec.nodeSelector', { over: 'containers' })), ['spec.rules[0].cel.expression: object.spec.nodeSelector is there in a Pod only, and other workloads are judged too; over: containers has it: pod.spec.nodeSelector']],
  ['a variable', ruled(cel('variables.v', { variables: [{ name: 'v', expression: 'has(object.spec.hostNetwork)' }] }))  , [expect.stringContaining('object.spec.hostNetwork') as unknown as string]],
  ['both places', ruled(cel('has(object.spec.template) ? object.spec.template.spec.hostPID : object.spec.hostPID')), []],
  ['the kind', ruled(cel("object.kind != 'Pod' || object.spec.containers.size() == 1")), []],
  ['the pod', ruled(cel('has(pod.spec.hostPID)', { over: 'pods' })), []],
  ['what every workload has', ruled(cel('object.spec.replicas > 1')), []],
])('a rule in CEL that reads %s', (_, spec, expected) => {
  const told = guardrailWarnings(documentOf(spec)).map(({ path, message }) => `${path}: ${message}`);
  expect(told).toEqual(expected);
}); // prettier-ignore

test('a condition that does not compile is refused at its place', () => {
  const faults = guardrailFaults(documentOf(conditions('true', 'nope')) as unknown as Json);
  expect(faults.map(({ path }) => path)).toEqual(['spec.match.conditions[1].expression']);
});

test('whoever applies a rule that does not compile is shown where', () => {
  const object = documentOf(ruled(cel("has(object.metadata.labels) &&\n  'team' in objct.metadata.labels"))) as unknown as Json;
  const request = {
    kind: 'Guardrail',
    group: 'sallyport.dev',
    version: 'v1alpha1',
    resource: 'guardrails',
    namespace: '',
    name: 'g',
    object,
  };
  const subject = subjectOf(request);
  const judged = judgePolicyObject(subject, { documents: [], taken: new Set(), now: 0, maxLifetime: 1 });
  expect(policyRefusal(subject, judged)).toBe(
    [
      `Guardrail g: spec.rules[0].cel.expression: undeclared reference to 'objct' (in container ''); did you mean "object"?`,
      `     |   'team' in objct.metadata.labels`,
      `     | ............^`,
    ].join('\n'),
  );
});

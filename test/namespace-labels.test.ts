import { expect, test } from '@jest/globals';
import type { Facts } from '../src/engine/facts.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { judge } from '../src/policy/judge.ts';
import { policyOfLabels } from '../src/policy/namespace-labels.ts';
import { warnings } from '../src/policy/refusal.ts';
import type { Requested, Spec } from './support/judging.ts';
import { factsOf, setOf, subjectOf } from './support/judging.ts';

// Pod Security Admission in its own labels: same verdicts, our words.

const prefix = 'pod-security.kubernetes.io/';
/** `enforce=baseline enforce-version=v1.20`, under the prefix. */
const labels = (text: string): Record<string, string> =>
  Object.fromEntries(text.split(' ').filter(Boolean).map((pair) => [prefix + pair.split('=')[0], pair.split('=')[1] ?? ''])); // prettier-ignore

test.each<[string, string, string]>([
  ['', 'privileged:latest privileged:latest privileged:latest', ''],
  ['enforce=baseline', 'baseline:latest privileged:latest baseline:latest', ''],
  ['enforce=baseline enforce-version=v1.20', 'baseline:v1.20 privileged:latest baseline:v1.20', ''],
  ['enforce=baseline enforce-version=v1.20 warn-version=v1.3', 'baseline:v1.20 privileged:latest baseline:v1.3', ''],
  ['enforce=restricted warn=baseline', 'restricted:latest privileged:latest baseline:latest', ''],
  ['enforce=baseline warn=nope', 'baseline:latest privileged:latest privileged:latest', 'warn'],
  ['enforce=nope', 'restricted:latest privileged:latest privileged:latest', 'enforce'],
  ['audit=nope', 'privileged:latest privileged:latest privileged:latest', 'audit'],
  ['enforce=baseline enforce-version=v1.01', 'baseline:latest privileged:latest baseline:latest', 'enforce-version'],
  ['audit=restricted warn=restricted', 'privileged:latest restricted:latest restricted:latest', ''],
  ['enforce=Baseline', 'restricted:latest privileged:latest privileged:latest', 'enforce'],
  ['warn-version=1.20 enforce-version=x audit=', 'privileged:latest privileged:latest privileged:latest', 'enforce-version audit warn-version'],
  ['enforce=privileged enforce-version=v1.99', 'privileged:v1.99 privileged:latest privileged:latest', ''],
])('the labels %s ask for %s', (text, expected, faults) => {
  const policy = policyOfLabels(labels(text));
  expect([policy.enforce, policy.audit, policy.warn].map(({ level, version }) => `${level}:${version}`).join(' ')).toBe(expected);
  expect(policy.faults.map(({ key }) => key.slice(prefix.length)).join(' ')).toBe(faults);
}); // prettier-ignore

const spec: Spec = { mode: 'Enforce', rules: [{ podSecurity: { fromNamespaceLabels: true } }] };
const judged = (text: string, request: Requested, more: Partial<Spec> = {}, facts?: Facts) =>
  judge(setOf({ ...spec, ...more }), subjectOf(request), facts ?? factsOf({ shop: labels(text) }));

const clean: JsonObject = { containers: [{ name: 'a', image: 'a:1' }] };
const bad: JsonObject = { hostPID: true, ...clean };
const pod = (spec: Json): JsonObject => ({ metadata: { name: 'p' }, spec });
const deployment = (spec: Json): JsonObject => ({ metadata: { name: 'd' }, spec: { template: { spec } } });
const image = (spec: JsonObject, name: string): JsonObject => ({ ...spec, containers: [{ name: 'a', image: name }] });

test.each<[string, string, string, Requested, Partial<Spec>?]>([
  ['no labels', '', 'allow', { object: pod(bad) }],
  ['privileged', 'enforce=privileged', 'allow', { object: pod(bad) }],
  ['baseline', 'enforce=baseline', 'deny Enforce', { object: pod(bad) }],
  ['baseline, and nothing wrong', 'enforce=baseline', 'allow', { object: pod(clean) }],
  ['only warn', 'warn=baseline', 'warn Warn', { object: pod(bad) }],
  ['only audit', 'audit=baseline', 'allow Audit', { object: pod(bad) }],
  ['an invalid level fails closed', 'enforce=nope', 'deny Enforce', { object: pod(clean) }],
  ['an invalid level to warn of fails open', 'warn=nope', 'allow', { object: pod(bad) }],
  ['a workload is only warned about', 'enforce=baseline', 'warn Warn', { kind: 'Deployment', object: deployment(bad) }],
  ['a workload, where warnings are off', 'enforce=baseline warn=privileged', 'allow', { kind: 'Deployment', object: deployment(bad) }],
  ['a workload of others is not looked at', 'enforce=baseline', 'allow', { group: 'argoproj.io', kind: 'Rollout', object: deployment(bad) }],
  ['a version', 'enforce=restricted enforce-version=v1.7', 'deny Enforce', { object: pod(clean) }],
  ['what cannot be read', 'enforce=privileged warn=baseline', 'deny Enforce', { object: pod('x') }],
  ['what cannot be read, and nobody looks', 'enforce=privileged', 'allow', { object: pod('x') }],
  ['a workload that cannot be read', 'enforce=baseline', 'allow Audit', { kind: 'Deployment', object: deployment('x') }],
  ['an update that changes no image', 'enforce=baseline', 'allow', { object: pod(bad), oldObject: pod(clean) }],
  ['an update of an image is judged whole: nothing is tolerated', 'enforce=baseline', 'deny Enforce', { object: pod(image(bad, 'a:2')), oldObject: pod(bad) }],
  ['an update of a workload is always judged', 'enforce=baseline', 'warn Warn', { kind: 'Deployment', object: deployment(bad), oldObject: deployment(bad) }],
  ['an exempt user', 'enforce=baseline', 'skip', { object: pod(bad) }, { exempt: { subjects: [{ kind: 'User', name: 'ann' }] } }],
  ['an exempt namespace', 'enforce=baseline', 'skip', { object: pod(bad) }, { exempt: { namespaces: ['shop'] } }],
  ['an exempt runtime class', 'enforce=baseline', 'allow', { object: pod({ ...bad, runtimeClassName: 'kata' }) }, { exempt: { runtimeClasses: ['kata'] } }],
  ['a guardrail that only warns is a ceiling', 'enforce=baseline', 'warn Warn', { object: pod(bad) }, { mode: 'Warn' }],
  ['a control left out', 'enforce=baseline', 'allow', { object: pod(bad) }, { rules: [{ podSecurity: { fromNamespaceLabels: true, except: ['hostNamespaces'] } }] }],
  ['an ephemeral container', 'enforce=baseline', 'deny Enforce', { subresource: 'ephemeralcontainers', object: pod({ ...clean, ephemeralContainers: [{ name: 'e', image: 'e', securityContext: { privileged: true } }] }), oldObject: pod(clean) }],
  ['a binding', 'enforce=baseline', 'skip', { subresource: 'binding', object: {} }],
])('labels, %s: %s', (_, text, expected, request, more = {}) => {
  const { verdict, findings } = judged(text, request, more);
  const modes = [...new Set(findings.map(({ mode }) => mode))].join();
  expect([verdict, modes].filter(Boolean).join(' ')).toBe(expected);
}); // prettier-ignore

test('what is refused is not warned about as well, and says which label decided', () => {
  const { findings } = judged('enforce=baseline warn=restricted audit=restricted', { object: pod(bad) });
  expect(findings.filter(({ control }) => control === 'hostNamespaces').map(({ mode, because }) => `${mode} ${because}`)).toEqual([
    'Enforce baseline:latest by the label pod-security.kubernetes.io/enforce',
  ]);
  expect(new Set(findings.filter(({ mode }) => mode === 'Warn').map(({ because }) => because))).toEqual(
    new Set(['restricted:latest by the label pod-security.kubernetes.io/warn']),
  );
  expect(findings.filter(({ mode }) => mode === 'Audit')).toEqual([]);
});

test('a namespace that cannot be looked up refuses pods and lets workloads pass', () => {
  const unknown: Facts = { now: 0, namespace: () => undefined };
  expect(judged('', { object: pod(clean) }, {}, unknown)).toMatchObject({ verdict: 'deny', wants: [{ kind: 'namespace', name: 'shop' }] });
  expect(judged('', { kind: 'Deployment', object: deployment(bad) }, {}, unknown)).toMatchObject({ verdict: 'allow' });
  expect(judged('', { object: pod(clean) }, {}, factsOf())).toMatchObject({ verdict: 'deny', wants: [] });
});

// ---- namespaces

const namespace = (text: string): JsonObject => ({ metadata: { name: 'shop', labels: labels(text) } });
const change = (text: string, old: string | null = null): Requested => ({
  kind: 'Namespace',
  group: '',
  resource: 'namespaces',
  name: 'shop',
  object: namespace(text),
  oldObject: old === null ? null : namespace(old),
});

test.each<[string, string, string | null, string]>([
  ['created without labels', '', null, 'allow'],
  ['created with good ones', 'enforce=restricted', null, 'allow'],
  ['created with a bad one', 'warn=nope', null, `deny metadata.labels[${prefix}warn]`],
  ['created with two', 'enforce=x enforce-version=y', null, `deny metadata.labels[${prefix}enforce] metadata.labels[${prefix}enforce-version]`],
  ['given a bad one', 'enforce=x', '', `deny metadata.labels[${prefix}enforce]`],
  ['with the bad one that it had', 'enforce=x', 'enforce=x', 'allow'],
  ['with another bad one than it had', 'enforce=y', 'enforce=x', `deny metadata.labels[${prefix}enforce]`],
  ['relaxed', 'enforce=baseline', 'enforce=restricted', 'allow'],
  ['with the same level', 'enforce=baseline warn=restricted', 'enforce=baseline', 'allow'],
])('a namespace %s', (_, text, old, expected) => {
  const { verdict, findings, wants } = judged('', change(text, old));
  expect([verdict, ...findings.map(({ path }) => path)].join(' ')).toBe(expected);
  expect(wants).toEqual([]);
}); // prettier-ignore

const running = (name: string, spec: JsonObject = bad, owner?: string): JsonObject => ({
  metadata: { name, ...(owner !== undefined && { ownerReferences: [{ uid: owner, controller: true }] }) },
  spec,
});
const withPods = (items: readonly Json[], late: () => boolean = () => false): Facts => ({ ...factsOf(), pods: () => ({ items, late }) });

test.each<[string, string, string]>([
  ['tightened', 'enforce=baseline', ''],
  ['tightened further', 'enforce=restricted', 'enforce=baseline'],
  ['moved to another version', 'enforce=baseline enforce-version=v1.20', 'enforce=baseline'],
  ['relaxed under another version', 'enforce=baseline', 'enforce=restricted enforce-version=v1.20'],
])('a namespace that is %s names the pods that break it, and is let pass', (_, text, old) => {
  expect(judged('', change(text, old)).wants).toEqual([{ kind: 'pods', namespace: 'shop' }]);
  const verdict = judged('', change(text, old), {}, withPods([running('b'), running('a'), running('c', clean)]));
  expect(verdict.verdict).toBe('warn');
  expect(warnings(verdict)[0]).toMatch(/^existing pods in namespace "shop" violate the new PodSecurity enforce level "/);
  expect(
    warnings(verdict)
      .slice(1)
      .some((line) => /^a( \(and \d other pods?\))?: .*hostNamespaces/.test(line)),
  ).toBe(true);
});

const tell = (facts: Facts) => warnings(judged('', change('enforce=baseline', ''), { exempt: { runtimeClasses: ['kata'] } }, facts));

test('pods are told in one line for what they break, the first of each controller first', () => {
  const privileged = { containers: [{ name: 'a', securityContext: { privileged: true } }] };
  const pods = [running('z', bad, 'u'), running('y', bad, 'u'), running('x', privileged), running('w', clean), running('v', bad), running('k', { ...bad, runtimeClassName: 'kata' })]; // prettier-ignore
  const head = 'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"';
  expect(tell(withPods(pods))).toEqual([head, 'v (and 2 other pods): hostNamespaces', 'x: privileged']);
  let left = 4;
  expect(tell(withPods(pods, () => --left === 0))).toEqual([
    'new PodSecurity enforce level only checked against the first 4 of 5 existing pods',
    head,
    'v (and 1 other pod): hostNamespaces',
    'x: privileged',
  ]);
  expect(tell(withPods([running('w', clean)]))).toEqual([]);
  const many = Array.from({ length: 3001 }, (_, index) => running(`p${index}`, clean));
  expect(tell(withPods(many))).toEqual(['new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods']);
  expect(tell({ ...factsOf(), pods: () => null })).toEqual(['failed to list pods while checking new PodSecurity enforce level']);
});

test('an exempt namespace says that its labels will be ignored; its pods are not asked', () => {
  const exempt: Partial<Spec> = { exempt: { namespaces: ['shop'] } };
  const warning =
    'namespace "shop" is exempt from Pod Security, and the policy (enforce=baseline:latest, warn=restricted:v1.3) will be ignored';
  const text = 'enforce=baseline warn=restricted warn-version=v1.3';
  expect(warnings(judged('', change(text), exempt))).toEqual([warning]);
  expect(warnings(judged('', change(text, ''), exempt))).toEqual([warning]);
  expect(judged('', change('enforce=x'), exempt).verdict).toBe('deny');
});

test('without labels to decide by, namespaces are nobody’s business', () => {
  expect(judge(setOf({ mode: 'Enforce', rules: [{ check: 'privileged' }] }), subjectOf(change('enforce=x'))).verdict).toBe('skip');
});

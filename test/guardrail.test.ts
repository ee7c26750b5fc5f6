import { expect, test } from '@jest/globals';
import type { Mode } from '../src/engine/finding.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { guardrailFaults } from '../src/policy/guardrail-faults.ts';
import { guardrailWarnings } from '../src/policy/guardrail-warnings.ts';
import { judge } from '../src/policy/judge.ts';
import { auditAnnotations } from '../src/policy/refusal.ts';
import { compileSchedule, nextChange } from '../src/policy/schedule.ts';
import type { Requested, Spec } from './support/judging.ts';
import { documentOf, factsOf, setOf, subjectOf, told } from './support/judging.ts';

const digest = `sha256:${'a'.repeat(64)}`;

// ---- what is refused at load, and what is told

const base = { mode: 'Enforce', rules: [{ check: 'privileged' }] };
const subject = (kind: string, name: string, namespace?: string): JsonObject => ({ exempt: { subjects: [{ kind, name, ...(namespace !== undefined && { namespace }) }] } }); // prettier-ignore
const ruled = (rule: JsonObject): JsonObject => ({ rules: [rule] });

test.each<[string, JsonObject, string | null]>([
  ['all fields', {
    title: 't', schedule: [{ from: '2027-01-15T00:00:00Z', mode: 'Off', namespaceSelector: { matchLabels: { a: 'b' } } }], updates: 'Full', failureMode: 'Ignore',
    match: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods/*'], scope: '*', resourceNames: ['a'] }], excludeResourceRules: [], namespaceSelector: {}, objectSelector: {}, templates: false },
    exempt: { namespaces: ['kube-*'], subjects: [{ kind: 'Group', name: 'system:nodes' }, { kind: 'ServiceAccount', name: 'a', namespace: 'b' }], runtimeClasses: ['kata'] },
    exceptions: { namespaces: ['shop-*'] },
    rules: [{ name: 'n', check: 'privileged', with: {}, mode: 'Warn', exemptImages: [`quay.io/a@${digest}`] }, { podSecurity: { level: 'restricted', version: 'v1.30', except: ['runAsUser'] } }, { podSecurity: { fromNamespaceLabels: true } }],
  }, null],
  ['a misspelt field of match', { match: { namespaceSelektor: {} } }, 'spec.match.namespaceSelektor: unknown field'],
  ['a misspelt field of a selector', { match: { objectSelector: { matchlabels: {} } } }, 'spec.match.objectSelector.matchlabels: unknown field'],
  ['an unknown operator', { match: { objectSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } } }, 'spec.match.objectSelector.matchExpressions[0].operator: one of In'],
  ['a selector that no API server takes', { match: { objectSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } }, 'spec.match.objectSelector.matchExpressions[0].values: In takes'],
  ['an empty list of rules', { match: { resourceRules: [] } }, 'spec.match.resourceRules: at least one'],
  ['a resource that is none', { match: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['Pod'] }] } }, 'spec.match.resourceRules[0].resources[0]: "Pod" is no resource'],
  ['an operation in lower case', { match: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['create'], resources: ['pods'] }] } }, 'spec.match.resourceRules[0].operations[0]: one of'],
  ['a time without a zone', { schedule: [{ from: '2027-01-15T00:00:00', mode: 'Warn' }] }, 'spec.schedule[0].from: '],
  ['a day that is not', { schedule: [{ from: '2027-02-30T00:00:00Z', mode: 'Warn' }] }, 'spec.schedule[0].from: "2027-02-30T00:00:00Z" is no time'],
  ['a bad selector in a schedule', { schedule: [{ from: '2027-01-15T00:00:00Z', mode: 'Warn', namespaceSelector: { matchLabels: { 'a b': '' } } }] }, 'spec.schedule[0].namespaceSelector.matchLabels[a b]: '],
  ['system:masters', subject('Group', 'system:masters'), 'spec.exempt.subjects[0]: exempting system:masters'],
  ['all service accounts', subject('Group', 'system:serviceaccounts'), 'spec.exempt.subjects[0]: system:serviceaccounts holds the controllers'],
  ['everybody', subject('Group', 'system:authenticated'), 'spec.exempt.subjects[0]: '],
  ['a workload controller by its user name', subject('User', 'system:serviceaccount:kube-system:replicaset-controller'), 'spec.exempt.subjects[0]: system:serviceaccount:kube-system:replicaset-controller makes'],
  ['a workload controller', subject('ServiceAccount', 'job-controller', 'kube-system'), 'spec.exempt.subjects[0]: system:serviceaccount:kube-system:job-controller makes'],
  ['the controller manager', subject('User', 'system:kube-controller-manager'), 'spec.exempt.subjects[0]: '],
  ['a controller of a tenant', subject('ServiceAccount', 'x-controller', 'shop'), null],
  ['a pattern of users', subject('User', 'system:*'), 'spec.exempt.subjects[0]: "system:*" holds a *'],
  ['a service account without namespace', subject('ServiceAccount', 'a'), 'spec.exempt.subjects[0]: a service account is named'],
  ['a user with a namespace', subject('User', 'a', 'b'), 'spec.exempt.subjects[0]: a User has no namespace'],
  ['an image without a registry', ruled({ check: 'privileged', exemptImages: ['nginx'] }), 'spec.rules[0].exemptImages[0]: "nginx" names no registry'],
  ['podSecurity without a level', ruled({ podSecurity: {} }), 'spec.rules[0].podSecurity: the field "level" is required'],
  ['a level beside labels', ruled({ podSecurity: { fromNamespaceLabels: true, level: 'baseline' } }), 'spec.rules[0].podSecurity.level: with fromNamespaceLabels'],
])('a guardrail with %s', (_, more, expected) => {
  const faults = guardrailFaults(documentOf({ ...base, ...more } as unknown as Spec) as unknown as Json);
  const texts = faults.map(({ path, message }) => `${path}: ${message}`);
  expect(texts.join()).toContain(expected ?? '');
  expect(texts).toHaveLength(expected === null ? 0 : 1);
}); // prettier-ignore

test.each<[string, JsonObject, string[]]>([
  ['nothing to tell', { match: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'a' } } } }, []],
  ['a label of the namespace', { match: { namespaceSelector: { matchLabels: { tier: 'prod' } } } }, ['spec.match.namespaceSelector']],
  ['a label of the object', { match: { objectSelector: { matchLabels: { a: 'b' } } } }, ['spec.match.objectSelector']],
  ['a label in the schedule', { schedule: [{ from: '2027-01-15T00:00:00Z', mode: 'Warn', namespaceSelector: { matchLabels: { tier: 'prod' } } }] }, ['spec.schedule[0].namespaceSelector']],
  ['an image by its tag', ruled({ check: 'privileged', exemptImages: [`quay.io/a@${digest}`, 'quay.io/a:v1'] }), ['spec.rules[0].exemptImages[1]']],
  ['pods without what changes them', { match: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods', 'pods/resize'] }] } }, ['spec.match.resourceRules']],
  ['pods/*', { match: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods/*'] }] } }, []],
  ['every namespace exempt', { exempt: { namespaces: ['*'] } }, ['spec.exempt.namespaces[0]']],
])('a guardrail is told of %s', (_, more, expected) => {
  const document = documentOf({ ...base, ...more } as unknown as Spec);
  expect(guardrailFaults(document as unknown as Json)).toEqual([]);
  expect(guardrailWarnings(document).map(({ path }) => path)).toEqual(expected);
}); // prettier-ignore

// ---- exemptions

const bad = (fields: JsonObject = {}): JsonObject => ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'quay.io/a:v1', securityContext: { privileged: true } }], ...fields } }); // prettier-ignore
const pod: Requested = { object: bad() };

test.each<[string, boolean, Spec['exempt'], Requested]>([
  ['a namespace', true, { namespaces: ['sh*'] }, pod],
  ['another namespace', false, { namespaces: ['shop-*'] }, pod],
  ['a user', true, { subjects: [{ kind: 'User', name: 'ann' }] }, pod],
  ['another user', false, { subjects: [{ kind: 'User', name: 'an' }] }, pod],
  ['a user is no group', false, { subjects: [{ kind: 'Group', name: 'ann' }] }, pod],
  ['a group', true, { subjects: [{ kind: 'Group', name: 'ops' }] }, { ...pod, groups: ['system:authenticated', 'ops'] }],
  ['a service account', true, { subjects: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'build' }] }, { ...pod, user: 'system:serviceaccount:build:ci' }],
  ['a service account elsewhere', false, { subjects: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'build' }] }, { ...pod, user: 'system:serviceaccount:shop:ci' }],
  ['nobody', false, { subjects: [{ kind: 'User', name: 'ann' }] }, { ...pod, user: '' }],
  ['a runtime class', true, { runtimeClasses: ['kata'] }, { object: bad({ runtimeClassName: 'kata' }) }],
  ['another runtime class', false, { runtimeClasses: ['kata'] }, { object: bad({ runtimeClassName: 'runc' }) }],
  ['no runtime class', false, { runtimeClasses: ['kata'] }, pod],
  ['a runtime class of a template', true, { runtimeClasses: ['kata'] }, { kind: 'Deployment', object: { spec: { template: bad({ runtimeClassName: 'kata' }) } } }],
])('exempt: %s: %s', (_, exempt, fields, request) => {
  const { verdict } = judge(setOf({ mode: 'Enforce', ...(fields && { exempt: fields }), rules: [{ check: 'privileged' }] }), subjectOf(request));
  expect(verdict === 'deny').toBe(!exempt);
}); // prettier-ignore

const privilegedRoot = (name: string, image: string): JsonObject => ({ name, image, securityContext: { privileged: true, runAsUser: 0 } });

test('images are exempt in init and regular containers, under their rule, and nowhere else', () => {
  const spec = {
    hostPID: true,
    initContainers: [privilegedRoot('i', 'quay.io/a:v1')],
    containers: [privilegedRoot('a', 'quay.io/a:v1'), privilegedRoot('b', 'quay.io/b')],
    ephemeralContainers: [privilegedRoot('e', 'quay.io/a:v1')],
  };
  const rules: Spec['rules'] = [{ check: 'privileged', exemptImages: ['quay.io/a'] }, { check: 'host-namespaces', exemptImages: ['quay.io/a'] }, { check: 'run-as-user' }]; // prettier-ignore
  const { findings } = judge(setOf({ mode: 'Enforce', rules }), subjectOf({ object: { metadata: {}, spec } }));
  expect(told(findings.filter(({ rule }) => rule !== 'run-as-user')).toSorted()).toEqual([
    'active host-namespaces spec.hostPID',
    'active privileged spec.containers[1].securityContext.privileged',
    'active privileged spec.ephemeralContainers[0].securityContext.privileged',
  ]);
  expect(findings.filter(({ rule }) => rule === 'run-as-user')).toHaveLength(4);
});

// ---- modes

const at = (time: string): number => Date.parse(time);
const calendar: NonNullable<Spec['schedule']> = [
  { from: '2027-01-15T00:00:00Z', mode: 'Enforce', namespaceSelector: { matchLabels: { tier: 'prod' } } },
  { from: '2027-03-01T00:00:00Z', mode: 'Enforce' },
  { from: '2027-03-01T00:00:00Z', mode: 'Audit', namespaceSelector: { matchLabels: { tier: 'lab' } } },
  { from: '2027-06-30T22:00:00+02:00', mode: 'Off', namespaceSelector: { matchLabels: { tier: 'lab' } } },
];
const namespaces = { shop: { tier: 'prod' }, lab: { tier: 'lab' }, dev: {} };
const planned = setOf({ mode: 'Warn', schedule: calendar, rules: [{ check: 'privileged' }] });

/** The mode in which a bad pod is judged in each namespace. */
const modesAt = (now: number): string =>
  Object.keys(namespaces)
    .map((namespace) => judge(planned, subjectOf({ ...pod, namespace }), factsOf(namespaces, now)).findings[0]?.mode ?? 'Off')
    .join(' ');

test('a schedule flips at its times, with no edit: a year in hours, at replicas whose clocks differ', () => {
  const skews = [0, -90_000, 45_000];
  const flips = skews.map(() => new Map<string, string>());
  const hour = 3_600_000;
  for (let now = at('2027-01-01T00:00:00Z'); now < at('2028-01-01T00:00:00Z'); now += hour) {
    for (const [replica, skew] of skews.entries()) {
      const modes = modesAt(now + skew);
      const seen = flips[replica];
      if (seen && [...seen.values()].at(-1) !== modes) seen.set(new Date(now).toISOString().slice(0, 13), modes);
    }
  }
  const onTime = [
    ['2027-01-01T00', 'Warn Warn Warn'],
    ['2027-01-15T00', 'Enforce Warn Warn'],
    ['2027-03-01T00', 'Enforce Audit Enforce'],
    ['2027-06-30T20', 'Enforce Off Enforce'],
  ];
  expect([...(flips[0] ?? [])]).toEqual(onTime);
  // A clock that is behind flips an hour's step later, one that is ahead not sooner than the step.
  expect([...(flips[1] ?? [])].map(([time]) => time)).toEqual(['2027-01-01T00', '2027-01-15T01', '2027-03-01T01', '2027-06-30T21']);
  expect([...(flips[2] ?? [])]).toEqual(onTime);
});

test('to the millisecond, and the next change is known', () => {
  const first = at('2027-01-15T00:00:00Z');
  expect([modesAt(first - 1), modesAt(first)]).toEqual(['Warn Warn Warn', 'Enforce Warn Warn']);
  const schedule = compileSchedule(calendar);
  const changes = [first - 1, first, at('2027-03-01T00:00:00Z'), at('2027-06-30T20:00:00Z')].map((now) => nextChange(schedule, now));
  expect(changes).toEqual([first, at('2027-03-01T00:00:00Z'), at('2027-06-30T20:00:00Z'), null]);
});

test.each<[string, Partial<Spec>, Mode | undefined, Mode, number, string]>([
  ['the guardrail', {}, undefined, 'Enforce', 0, 'Warn: mode Warn of the guardrail'],
  ['the rule', {}, 'Enforce', 'Enforce', 0, 'Enforce: mode Enforce of the rule'],
  ['an entry of the schedule', { schedule: calendar }, undefined, 'Enforce', at('2027-02-01T00:00:00Z'), 'Enforce: mode Enforce of schedule[0] since 2027-01-15T00:00:00Z'],
  ['the rule, whatever the schedule says', { schedule: calendar }, 'Audit', 'Enforce', at('2027-02-01T00:00:00Z'), 'Audit: mode Audit of the rule'],
  ['the ceiling', { mode: 'Enforce' }, undefined, 'Audit', 0, 'Audit: mode Enforce of the guardrail, under the ceiling Audit'],
  ['the ceiling over a schedule', { schedule: calendar }, undefined, 'Warn', at('2027-02-01T00:00:00Z'), 'Warn: mode Enforce of schedule[0] since 2027-01-15T00:00:00Z, under the ceiling Warn'],
])('the mode of a finding is that of %s, and says so', (_, more, mode, ceiling, now, expected) => {
  const spec: Spec = { mode: 'Warn', ...more, rules: [{ check: 'privileged', ...(mode && { mode }) }] };
  const verdict = judge(setOf(spec, [], ceiling), subjectOf(pod), factsOf(namespaces, now));
  expect(verdict.findings.map(({ mode, because }) => `${mode}: ${because}`)).toEqual([expected]);
  expect(auditAnnotations(verdict, 'd')['because']).toBe(`g: ${expected.slice(expected.indexOf(' ') + 1)}`);
}); // prettier-ignore

test('Off is off, whatever its rules say; the schedule needs no labels before its time', () => {
  const off = setOf({ mode: 'Off', rules: [{ check: 'privileged', mode: 'Enforce' }] });
  expect(judge(off, subjectOf(pod)).verdict).toBe('skip');
  expect(judge(planned, subjectOf(pod)).wants).toEqual([]);
  const { wants, verdict } = judge(planned, subjectOf(pod), { now: at('2027-02-01T00:00:00Z'), namespace: () => undefined });
  expect([wants.length, verdict]).toEqual([1, 'deny']);
});

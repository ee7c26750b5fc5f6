// By the thousand, jest's own comparison is slow.
import { deepStrictEqual as same } from 'node:assert';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Errors } from 'typebox/value';
import { stringify } from 'yaml';
import type { AdmissionRequest } from '../src/api/admission-review.ts';
import { readReview } from '../src/api/admission-review.ts';
import type { GuardrailDocument, RuleDocument } from '../src/api/guardrail.ts';
import { defineCheck } from '../src/engine/check.ts';
import type { Rule } from '../src/engine/evaluate.ts';
import type { Finding, Mode, Verdict } from '../src/engine/finding.ts';
import { fromManifest } from '../src/engine/from-manifest.ts';
import { fromReview } from '../src/engine/from-review.ts';
import { applyCures } from '../src/fix/apply-cures.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { isObject } from '../src/kube/json.ts';
import type { Workload } from '../src/kube/workload.ts';
import { workloads } from '../src/kube/workload.ts';
import type { GuardrailSet } from '../src/policy/guardrail-set.ts';
import { guardrailSet } from '../src/policy/guardrail-set.ts';
import { judge } from '../src/policy/judge.ts';
import { auditAnnotations, causes, refusalMessage, warnings } from '../src/policy/refusal.ts';
import type { ControlVersion } from '../src/standards/pod-security.ts';
import { controls, levels, parsePolicyVersion, podSecurity, podSecurityControls } from '../src/standards/pod-security.ts';
import { readDocuments } from '../src/yaml/read.ts';
import { pods } from './support/pods.ts';

const newest = 37;
const minors = Array.from({ length: newest + 1 }, (_, minor) => minor);
const versions = [...minors.map((minor) => `v1.${minor}`), 'latest', 'v1.99'];

// ---- the standards as data

const baseline = [
  'appArmorProfile', 'capabilities_baseline', 'hostNamespaces', 'hostPathVolumes', 'hostPorts', 'hostProbesAndHostLifecycle', 'privileged',
  'procMount', 'seLinuxOptions', 'seccompProfile_baseline', 'sysctls', 'windowsHostProcess',
]; // prettier-ignore
const restricted = [
  'allowPrivilegeEscalation', 'capabilities_restricted', 'procMount_restricted', 'restrictedVolumes', 'runAsNonRoot', 'runAsUser',
  'seccompProfile_restricted',
]; // prettier-ignore

test('the 19 controls stand in upstream order, each at one level', () => {
  expect(controls).toEqual([...baseline, ...restricted]);
  expect([...controlsOfLevel('baseline')]).toEqual(baseline);
  expect([...controlsOfLevel('restricted')]).toEqual(restricted);
});

test('the versions of a control rise, and its params fit its check', () => {
  for (const control of controls) {
    const since = podSecurity.filter((row) => row.control === control).map((row) => row.since);
    expect({ control, since }).toEqual({ control, since: [...new Set(since)].toSorted((a, b) => a - b) });
  }
  for (const { control, since, check, params } of podSecurity) {
    expect({ control, since, errors: Errors(check.params, params) }).toEqual({ control, since, errors: [] });
    // A param that is left out would be undefined, not its default.
    expect(Object.keys(params as object)).toEqual(
      expect.arrayContaining(Object.keys((check.params as { properties?: object }).properties ?? {})),
    );
  }
});

test('only restricted controls override, and only baseline ones', () => {
  expect(podSecurity.filter(({ level, overrides }) => level === 'baseline' && overrides?.length)).toEqual([]);
  expect(podSecurity.flatMap(({ overrides }) => overrides ?? []).filter((id) => !baseline.includes(id))).toEqual([]);
});

test.each([
  ['privileged', [0]],
  ['baseline', [0, 19, 27, 29, 31, 32, 34, 35, 37]],
  ['restricted', [0, 8, 19, 22, 23, 25, 27, 29, 31, 32, 34, 35, 37]],
] as const)('%s changes at these versions and at no other', (level, changes) => {
  const policy = (minor: number) =>
    JSON.stringify(podSecurityControls(level, minor).map(({ control, check, params }) => [control, check.id, params]));
  expect(minors.filter((minor) => minor === 0 || policy(minor) !== policy(minor - 1))).toEqual(changes);
  expect(policy(99)).toBe(policy(newest));
  expect(policy(Infinity)).toBe(policy(newest));
});

test('an overridden control is not judged twice', () => {
  expect(inForce(Infinity)).toEqual([
    ...without('capabilities_baseline', 'hostPathVolumes', 'procMount', 'seccompProfile_baseline'),
    ...restricted,
  ]);
  expect(inForce(0)).toEqual([...without('hostPathVolumes', 'hostProbesAndHostLifecycle'), 'restrictedVolumes', 'runAsNonRoot']);
});

test.each([
  ['latest', Infinity],
  ['v1.0', 0],
  ['v1.36', 36],
  ['v1.999999999', 999_999_999],
  ...['v1.01', 'v1', '1.25', 'v2.0', 'V1.2', 'v1.2.3', 'v1.-1', ' v1.2', 'v1.2\n', 'Latest', '', 'v1.9999999999'].map(
    (text): [string, null] => [text, null],
  ),
])('the policy version %j is %s', (text, minor) => {
  expect(parsePolicyVersion(text)).toBe(minor);
});

const controlsOfLevel = (level: ControlVersion['level']) =>
  new Set(podSecurity.filter((row) => row.level === level).map((row) => row.control));
const inForce = (minor: number) => podSecurityControls('restricted', minor).map(({ control }) => control);
const without = (...gone: string[]) => baseline.filter((id) => !gone.includes(id));

// ---- conformance

interface Answer {
  readonly pod: JsonObject;
  readonly b: [string, string[]][];
  readonly r: [string, string[]][];
}

test('1,500 pods break the controls that upstream says, at every level and version', () => {
  const corpus = readFileSync(new URL('conformance/pod-security.ndjson', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const answers = corpus.map((line) => JSON.parse(line) as Answer);
  const sets = versions.map((version) => ({ version, privileged: set({ level: 'privileged', version }), baseline: set({ level: 'baseline', version }), restricted: set({ level: 'restricted', version }) })); // prettier-ignore
  const differences: unknown[] = [];
  let refused = 0;
  for (const { pod, b, r } of answers) {
    const subject = fromReview(request(workload('Pod'), pod));
    for (const { version, ...byLevel } of sets) {
      const expected = { baseline: controlsAt(b, version), restricted: controlsAt(r, version) };
      const got = { baseline: controlsOf(judge(byLevel.baseline, subject)), restricted: controlsOf(judge(byLevel.restricted, subject)) };
      if (expected.baseline !== got.baseline || expected.restricted !== got.restricted) differences.push({ pod, version, expected, got });
      refused += Number(expected.restricted !== 'allow');
    }
    expect(judge(sets[0]?.privileged ?? set(), subject).verdict).toBe('skip');
  }
  expect(answers.length).toBe(1500);
  expect(differences.slice(0, 3)).toEqual([]);
  expect(refused).toBeGreaterThan(20_000);
});

/** `deny`, with the controls that are broken at this version, or `allow`. */
function controlsAt(answer: [string, string[]][], version: string): string {
  const minor = Math.min(parsePolicyVersion(version) ?? NaN, newest);
  const ids = answer.findLast(([since]) => Number(since.slice('1.'.length)) <= minor)?.[1] ?? [];
  return ids.length === 0 ? 'allow' : `deny ${ids.join()}`;
}

// ---- properties

const seed = 1_126;
const everywhere = guardrails(
  { podSecurity: { level: 'baseline', version: 'v1.0' } },
  { podSecurity: { level: 'restricted', version: 'v1.24' } },
  { podSecurity: { level: 'restricted' } },
);
const level = fc.record({ level: fc.constantFrom(...levels), version: fc.constantFrom(...versions) });

test('the same pod is judged alike as any workload, at both doors', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(pods, level, (pod, podSecurity) => {
      const rules = set(podSecurity);
      const expected = judge(rules, fromReview(request(workload('Pod'), stored(pod))));
      seen.add(expected.verdict);
      for (const kind of workloads) {
        const prefix = kind.template.map((key) => `${key}.`).join('');
        const moved = expected.findings.map((finding) => ({ ...finding, path: prefix + finding.path }));
        same(judge(rules, fromReview(request(kind, stored(pod)))).findings, moved);
        const manifest = judge(rules, fromManifest(object(kind, pod), 'shop'));
        same([manifest.verdict, manifest.findings], [expected.verdict, moved]);
      }
    }),
    { seed, numRuns: 300 },
  );
  expect([...seen].toSorted()).toEqual(['allow', 'deny', 'skip']);
});

test('the same pod is judged alike as JSON and as YAML', () => {
  let compared = 0;
  fc.assert(
    fc.property(pods, (pod) => {
      const manifest = object(workload('Deployment'), pod);
      const expected = judge(everywhere, fromManifest(manifest, 'shop'));
      const texts = [
        JSON.stringify(manifest),
        JSON.stringify(manifest, null, 2),
        stringify(manifest, { defaultStringType: 'QUOTE_DOUBLE' }),
        stringify(manifest, { defaultStringType: 'QUOTE_SINGLE', collectionStyle: 'flow' }),
      ];
      compared += texts.length;
      for (const text of texts) same(judge(everywhere, fromManifest(only(text), 'shop')), expected);
    }),
    { seed, numRuns: 150 },
  );
  expect(compared).toBe(600);
});

test('the order of containers changes no control, and paths follow', () => {
  fc.assert(
    fc.property(pods, fc.infiniteStream(fc.nat({ max: 5 })), (pod, random) => {
      const turned = structuredClone(pod);
      const moves = new Map<string, string>();
      for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
        const items = pod.spec[list];
        if (!Array.isArray(items) || items.length === 0) continue;
        const by = Number(random.next().value) % items.length;
        turned.spec[list] = items.map((_, index) => items[(index + by) % items.length] ?? null);
        items.forEach((_, index) => moves.set(`spec.${list}[${(index + by) % items.length}]`, `spec.${list}[${index}]`));
      }
      const follow = (finding: Finding) => [finding.control, finding.message, finding.path.replace(/^spec\.\w+ontainers\[\d\]/, (place) => moves.get(place) ?? place)].join(' '); // prettier-ignore
      const before = judge(everywhere, fromManifest(object(workload('Pod'), pod), 'shop'));
      const after = judge(everywhere, fromManifest(object(workload('Pod'), turned), 'shop'));
      expect(after.findings.map(sentence).toSorted()).toEqual(before.findings.map(follow).toSorted());
    }),
    { seed, numRuns: 300 },
  );
});

test('applying every cure leaves no finding that has one, adds none, and breaks nothing that was valid', () => {
  let cured = 0;
  fc.assert(
    fc.property(pods, fc.array(level, { minLength: 1, maxLength: 3 }), fc.constantFrom(...workloads), (pod, wanted, kind) => {
      const rules = guardrails(...wanted.map((podSecurity) => ({ podSecurity })));
      const manifest = object(kind, pod);
      const before = judge(rules, fromManifest(manifest, 'shop')).findings;
      const edited = applyCures(manifest, before);
      const after = judge(rules, fromManifest(edited as JsonObject, 'shop')).findings;
      same(
        after.filter(({ cure }) => cure !== null),
        [],
      );
      same(incurable(after), incurable(before));
      const invalidBefore = invalid(manifest);
      same(
        invalid(edited).filter((fault) => !invalidBefore.includes(fault)),
        [],
      );
      cured += before.length - after.length;
    }),
    { seed, numRuns: 600 },
  );
  expect(cured).toBeGreaterThan(5_000);
});

test('whatever stands in any field of a request, judging it ends in a verdict and in text', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(pods, fc.constantFrom(...workloads), fc.boolean(), fc.nat(), fc.jsonValue(), (pod, kind, update, choice, value) => {
      const { subResource, userInfo, ...rest } = request(kind, stored(pod));
      const review: Json = JSON.parse(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { ...rest, subResource, userInfo } })); // prettier-ignore
      const body = (review as JsonObject)['request'] as JsonObject;
      if (update) Object.assign(body, { operation: 'UPDATE', oldObject: structuredClone(body['object']) });
      const places = placesIn(body);
      replace(body, places[choice % places.length] ?? [], value);
      const read = readReview(review);
      seen.add(read.ok ? outcome(read.request) : read.code);
    }),
    { seed, numRuns: 800 },
  );
  expect([...seen].toSorted()).toEqual(['NoUid', 'WrongType', 'allow', 'deny', 'skip', 'warn']);
});

test('what cannot be read as a pod is refused with its place', () => {
  expect(faultsOf({ spec: [] })).toEqual(misread('spec'));
  expect(faultsOf({ spec: 'x' })).toEqual(misread('spec'));
  expect(faultsOf({ spec: { hostNetwork: 'true' } })).toEqual(misread('spec.hostNetwork'));
  expect(faultsOf({ spec: { containers: [{}, { securityContext: { capabilities: { add: ['A', 1] } } }] } })).toEqual(
    misread('spec.containers[1].securityContext.capabilities.add[1]'),
  );
  expect(faultsOf({ metadata: { annotations: { 'a.b/c': 1 } }, spec: {} })).toEqual(misread('metadata.annotations[a.b/c]'));
});

function faultsOf(pod: JsonObject): string[] {
  const { findings, verdict } = judge(everywhere, fromReview(request(workload('CronJob'), pod)));
  return [verdict, ...findings.map(({ path, check, control }) => `${path} ${check} ${control}`)];
}

const misread = (place: string): string[] => ['deny', `spec.jobTemplate.spec.template.${place} readable-pod null`];

// ---- a check that fails

const broken = defineCheck({
  id: 'broken',
  title: '',
  why: '',
  byDefault: '',
  breaks: '',
  severity: 'low',
  refs: [],
  params: {},
  messages: {},
  evaluate() {
    throw new Error('secret');
  },
  example: { bad: '', good: '' },
});

test.each<[Mode, Mode, Verdict['verdict']]>([
  ['Enforce', 'Enforce', 'deny'],
  ['Enforce', 'Warn', 'warn'],
  ['Warn', 'Warn', 'warn'],
  ['Audit', 'Audit', 'allow'],
])('a check that throws is a finding of its rule: mode %s, failure mode %s', (mode, failureMode, verdict) => {
  const rule: Rule = { guardrail: 'g', name: 'r', check: broken, params: {}, control: null, mode, failureMode };
  const guardrail = { name: 'g', mode, failureMode: 'Fail', exemptNamespaces: [], rules: [rule], origin: '' } as const;
  const judged = judge({ digest: '', guardrails: [guardrail] }, fromReview(request(workload('Pod'), { spec: {} })));
  const seen = judged.findings.map(({ check, path, mode, severity }) => [check, path, mode, severity]);
  expect(seen).toEqual([['broken', 'spec', failureMode, 'critical']]);
  expect(judged.verdict).toBe(verdict);
  expect(JSON.stringify(judged.findings)).not.toContain('secret');
});

test('the rules after a check that throws still run', () => {
  const rest = guardrails({ check: 'privileged' }).guardrails[0];
  const bad: Rule = { guardrail: 'g', name: 'r', check: broken, params: {}, control: null, mode: 'Audit', failureMode: 'Audit' };
  const guardrail = { ...(rest as NonNullable<typeof rest>), rules: [bad, ...(rest?.rules ?? [])] };
  const pod = { spec: { containers: [{ securityContext: { privileged: true } }] } };
  const judged = judge({ digest: '', guardrails: [guardrail] }, fromReview(request(workload('Pod'), pod)));
  expect(judged.findings.map(({ check }) => check)).toEqual(['privileged', 'broken']);
});

// ---- details

const sentence = ({ control, message, path }: Finding): string => `${control} ${message} ${path}`;

/** What no cure takes away. Its place may move. */
const incurable = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ cure, rule, message }) => (cure === null ? [`${rule} ${message}`] : [])).toSorted();

function guardrails(...rules: RuleDocument[]): GuardrailSet {
  const document: GuardrailDocument = {
    apiVersion: 'sallyport.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name: 'g' },
    spec: { mode: 'Enforce', rules },
  };
  return guardrailSet([{ document, origin: '' }], 'Enforce');
}

function set(podSecurity: NonNullable<RuleDocument['podSecurity']> = { level: 'restricted' }): GuardrailSet {
  return guardrails({ podSecurity });
}

function workload(kind: string): Workload {
  const found = workloads.find((workload) => workload.kind === kind);
  if (!found) throw new Error(kind);
  return found;
}

/** The pod as an object of this kind. */
function object({ group, kind, template }: Workload, pod: JsonObject): JsonObject {
  const holder = template.toReversed().reduce<JsonObject>((inner, key) => ({ [key]: inner }), pod);
  return { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, ...holder };
}

function request(workload: Workload, pod: JsonObject): AdmissionRequest {
  const { group, kind, resource } = workload;
  return {
    uid: 'u',
    kind: { group, version: 'v1', kind },
    resource: { group, version: 'v1', resource },
    subResource: '',
    name: '',
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'jane', groups: [] },
    object: object(workload, pod),
    oldObject: null,
    options: null,
    dryRun: false,
  };
}

/** As the API server hands it on: a volume without a source has become an emptyDir. */
function stored<P extends { spec: JsonObject }>(pod: P): P {
  const { volumes } = pod.spec;
  if (!Array.isArray(volumes)) return pod;
  const filled = volumes.map((volume) => {
    const fields = isObject(volume) ? volume : {};
    return Object.entries(fields).some(([key, value]) => key !== 'name' && value !== null) ? fields : { ...fields, emptyDir: {} };
  });
  return { ...pod, spec: { ...pod.spec, volumes: filled } };
}

function controlsOf({ verdict, findings }: Verdict): string {
  const ids = [...new Set(findings.map(({ control }) => String(control)))];
  return ids.length === 0 ? verdict : `${verdict} ${ids.toSorted().join()}`;
}

function only(text: string): JsonObject {
  const documents = readDocuments(text);
  const [document] = documents;
  if (documents.length !== 1 || !document || 'error' in document || !isObject(document.value)) throw new Error(JSON.stringify(documents));
  return document.value;
}

/** Judges a request and renders all that is said of it, as the server does. */
function outcome(request: AdmissionRequest): string {
  const verdict = judge(everywhere, fromReview(request));
  const told: unknown[] = [refusalMessage(verdict, new Map()), ...warnings(verdict), ...causes(verdict).map(({ message }) => message)];
  told.push(...Object.values(auditAnnotations(verdict, everywhere.digest)));
  expect(told.filter((text) => typeof text !== 'string')).toEqual([]);
  return verdict.verdict;
}

/** Keys and indexes down to every value inside this one. */
function placesIn(value: Json | undefined): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => [[index], ...placesIn(item).map((rest) => [index, ...rest])]);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [[key], ...placesIn(item).map((rest) => [key, ...rest])]);
}

function replace(root: JsonObject, place: readonly (string | number)[], value: Json): void {
  const holder = place.slice(0, -1).reduce<JsonObject>((at, step) => at[step] as JsonObject, root);
  holder[place.at(-1) ?? ''] = value;
}

/** Fields that the API server refuses on Windows (core validation of spec.os.name). */
const linuxOnly = new Set([
  'hostPID', 'hostIPC', 'seLinuxOptions', 'seccompProfile', 'appArmorProfile', 'capabilities', 'privileged', 'allowPrivilegeEscalation',
  'procMount', 'runAsUser', 'sysctls',
]); // prettier-ignore

/** What the API server would refuse of the pods in an object, as far as cures could bring it about. */
function invalid(value: Json | undefined, windows = false, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => invalid(item, windows, `${path}[${index}]`));
  if (!isObject(value)) return [];
  const onWindows = windows || (isObject(value['os']) && value['os']['name'] === 'windows');
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const forbidden = onWindows && linuxOnly.has(key) && item !== null;
    return [...(forbidden ? [`${path}.${key} on Windows`] : []), ...invalid(item, onWindows, `${path}.${key}`)];
  });
  const { allowPrivilegeEscalation, privileged, capabilities } = value;
  const added = isObject(capabilities) && Array.isArray(capabilities['add']) ? capabilities['add'] : [];
  const contradicts = allowPrivilegeEscalation === false && (privileged === true || added.includes('SYS_ADMIN'));
  return contradicts ? [...inside, `${path}: gains privileges although it must not`] : inside;
}

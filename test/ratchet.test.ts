import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Finding } from '../src/engine/finding.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { judge } from '../src/policy/judge.ts';
import { warnings } from '../src/policy/refusal.ts';
import type { Spec } from './support/judging.ts';
import { setOf, subjectOf, told } from './support/judging.ts';
import { pods } from './support/pods.ts';

const spec: Spec = {
  mode: 'Enforce',
  rules: [{ check: 'privileged' }, { check: 'host-namespaces' }, { check: 'capabilities', with: { drop: [], add: [] } }, { check: 'host-ports' }, { check: 'host-path-volumes' }, { check: 'sysctls' }],
}; // prettier-ignore
const ratchet = setOf(spec);
const full = setOf({ ...spec, updates: 'Full' });

const container = (name: string, fields: JsonObject = {}, image = `${name}:1`): JsonObject => ({ name, image, ...fields });
const privileged = (name: string, image?: string) => container(name, { securityContext: { privileged: true } }, image);
const adds = (...add: string[]) => container('app', { securityContext: { capabilities: { add } } });
const ports = (...hostPorts: number[]) => container('app', { ports: hostPorts.map((hostPort) => ({ containerPort: hostPort, hostPort })) });
const path = (name: string, path: string) => ({ name, hostPath: { path } });
const one = (...containers: Json[]): JsonObject => ({ containers });

type Row = [name: string, expected: string[], spec: Json, oldSpec: Json];

/** What becomes of an update, for a pod and for a template alike. */
const both: Row[] = [
  ['an old fault stays', ['ratcheted privileged'], one(privileged('a')), one(privileged('a'))],
  ['a new fault is refused', ['active privileged'], one(privileged('a')), one(container('a'))],
  ['a new fault does not hide behind an old one', ['active host-namespaces', 'ratcheted privileged'], { ...one(privileged('a')), hostPID: true }, one(privileged('a'))],
  ['a harmless edit beside an old fault', ['ratcheted privileged'], { ...one(privileged('a')), activeDeadlineSeconds: 9 }, one(privileged('a'))],
  ['containers in another order are the same', ['ratcheted privileged'], one(container('b'), privileged('a')), one(privileged('a'), container('b'))],
  ['another container with the same fault is new', ['active privileged', 'ratcheted privileged'], one(privileged('a'), privileged('b')), one(privileged('a'), container('b'))],
  ['a container under another name is new', ['active privileged'], one(privileged('b', 'a:1')), one(privileged('a'))],
  ['a container in another list is new', ['active privileged'], { initContainers: [privileged('a')], containers: [] }, one(privileged('a'))],
  ['a second container of the same name is new', ['active privileged', 'ratcheted privileged'], one(privileged('a'), privileged('a')), one(privileged('a'))],
  ['another value at the place is new', ['active capabilities'], one(adds('SYS_ADMIN')), one(adds('NET_RAW'))],
  ['one more in a set is new', ['active capabilities', 'ratcheted capabilities'], one(adds('NET_RAW', 'SYS_ADMIN')), one(adds('NET_RAW'))],
  ['a set in another order is the same', ['ratcheted capabilities', 'ratcheted capabilities'], one(adds('B', 'A')), one(adds('A', 'B'))],
  ['the same port behind another is the same', ['ratcheted host-ports'], one(ports(0, 80)), one(ports(80, 0))],
  ['another port is new', ['active host-ports'], one(ports(81)), one(ports(80))],
  ['another path of a volume is new', ['active host-path-volumes'], { volumes: [path('v', '/etc')], containers: [] }, { volumes: [path('v', '/tmp')], containers: [] }],
  ['a volume moved in its list is the same', ['ratcheted host-path-volumes'], { volumes: [{ name: 'w' }, path('v', '/a')], containers: [] }, { volumes: [path('v', '/a'), { name: 'w' }], containers: [] }],
  ['a fault mended', [], one(container('a')), one(privileged('a'))],
  ['what could not be read and cannot still', ['ratcheted readable-pod'], { containers: 'x' }, { containers: 'x' }],
  ['what could be read before', ['active readable-pod'], { containers: 'x' }, one(container('a'))],
  ['null and absent are one value', ['ratcheted host-path-volumes'], { volumes: [{ name: 'v', hostPath: { path: '/a', type: null } }], containers: [] }, { volumes: [path('v', '/a')], containers: [] }],
]; // prettier-ignore

const ofPod: Row[] = [
  ['a container with another image is judged afresh', ['active privileged'], one(privileged('a', 'a:2')), one(privileged('a', 'a:1'))],
  ['another image beside does not matter', ['ratcheted privileged'], one(privileged('a'), container('b', {}, 'b:2')), one(privileged('a'), container('b'))],
  ['faults of the pod stay when an image changes', ['ratcheted host-namespaces'], { hostPID: true, ...one(container('a', {}, 'a:2')) }, { hostPID: true, ...one(container('a')) }],
  ['an ephemeral container is new', ['active privileged'], { ...one(), ephemeralContainers: [privileged('d')] }, one()],
  ['an ephemeral container stays', ['ratcheted privileged'], { ...one(), ephemeralContainers: [privileged('d')] }, { ...one(), ephemeralContainers: [privileged('d')] }],
  ['an ephemeral container with another image is new', ['active privileged'], { ...one(), ephemeralContainers: [privileged('d', 'd:2')] }, { ...one(), ephemeralContainers: [privileged('d')] }],
]; // prettier-ignore

const ofTemplate: Row[] = [
  ['a new image in a template is not', ['ratcheted privileged'], one(privileged('a', 'a:2')), one(privileged('a', 'a:1'))],
];

const short = (findings: readonly Finding[]): string[] => told(findings).map((line) => line.split(' ').slice(0, 2).join(' ')).toSorted(); // prettier-ignore
const pod = (spec: Json, metadata: JsonObject = {}): JsonObject => ({ metadata: { name: 'p', ...metadata }, spec });
const deployment = (spec: Json, { metadata = {}, replicas = 1 }: { metadata?: JsonObject; replicas?: number } = {}): JsonObject => ({
  metadata: { name: 'd', ...metadata },
  spec: { replicas, template: { spec } },
});

test.each([...both, ...ofPod])('of a pod: %s', (_, expected, spec, oldSpec) => {
  const judged = judge(ratchet, subjectOf({ object: pod(spec), oldObject: pod(oldSpec) }));
  expect(short(judged.findings)).toEqual(expected);
  expect(judged.verdict).toBe(expected.some((line) => line.startsWith('active')) ? 'deny' : expected.length > 0 ? 'warn' : 'allow');
});

test.each([...both, ...ofTemplate])('of a template: %s', (_, expected, spec, oldSpec) => {
  const kind = 'Deployment';
  expect(short(judge(ratchet, subjectOf({ kind, object: deployment(spec), oldObject: deployment(oldSpec) })).findings)).toEqual(expected);
});

test('updates: Full tolerates nothing', () => {
  const subject = subjectOf({ object: pod(one(privileged('a'))), oldObject: pod(one(privileged('a'))) });
  expect(judge(full, subject).verdict).toBe('deny');
});

test.each<[string, 'deny' | 'warn' | 'allow', JsonObject, JsonObject]>([
  [
    'takes off a finalizer',
    'allow',
    pod(one(privileged('a')), { deletionTimestamp: 't' }),
    pod(one(privileged('a')), { deletionTimestamp: 't', finalizers: ['f'] }),
  ],
  ['is not being deleted', 'deny', pod(one(privileged('a'))), pod(one(privileged('a')), { finalizers: ['f'] })],
  [
    'changes the spec as well',
    'deny',
    pod({ ...one(privileged('a')), hostPID: true }, { deletionTimestamp: 't' }),
    pod(one(privileged('a')), { deletionTimestamp: 't' }),
  ],
])('under updates: Full, an update of an object being deleted that %s: %s', (_, verdict, object, oldObject) => {
  expect(judge(full, subjectOf({ object, oldObject })).verdict).toBe(verdict);
});

test('a template that changes and keeps an old fault warns that its pods will be refused; one that only scales does not', () => {
  const old = deployment(one(privileged('a')));
  const update = (object: JsonObject, set = ratchet) => warnings(judge(set, subjectOf({ kind: 'Deployment', object, oldObject: old })));
  expect(update(deployment(one(privileged('a', 'a:2'))))).toEqual([expect.stringContaining('new pods will be refused')]);
  expect(update(deployment(one(privileged('a')), { replicas: 3 }))).toEqual([expect.stringContaining('as there before')]);
  const onlyDeployments = setOf({ ...spec, match: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] }] } }); // prettier-ignore
  expect(update(deployment(one(privileged('a', 'a:2'))), onlyDeployments)).toEqual([expect.stringContaining('as there before')]);
});

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u', controller: true };
const controller = 'system:serviceaccount:kube-system:deployment-controller';
const deployments = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'] as '*'[], resources: ['deployments'] };

test.each<[string, 'deny' | 'skip' | 'allow', JsonObject, string, Partial<Spec>]>([
  ['a controller makes it for a judged owner', 'allow', { ownerReferences: [owner] }, controller, {}],
  ['a tenant says so', 'deny', { ownerReferences: [owner] }, 'ann', {}],
  ['a controller elsewhere', 'deny', { ownerReferences: [owner] }, 'system:serviceaccount:shop:deployment-controller', {}],
  ['it has no owner', 'deny', {}, controller, {}],
  ['the owner does not control it', 'deny', { ownerReferences: [{ ...owner, controller: false }] }, controller, {}],
  ['the owner is of another kind', 'deny', { ownerReferences: [{ ...owner, kind: 'Rollout' }] }, controller, {}],
  [
    'the owner is not judged',
    'deny',
    { ownerReferences: [owner] },
    controller,
    { match: { excludeResourceRules: [{ ...deployments, operations: ['*'] }] } },
  ],
])('a ReplicaSet when %s: %s', (_, verdict, metadata, user, more) => {
  const object = deployment(one(privileged('a')), { metadata });
  expect(judge(setOf({ ...spec, ...more }), subjectOf({ kind: 'ReplicaSet', object, user })).verdict).toBe(verdict);
});

test('the pods of a judged owner are always judged', () => {
  const user = 'system:serviceaccount:kube-system:replicaset-controller';
  const object = pod(one(privileged('a')), { ownerReferences: [{ ...owner, kind: 'ReplicaSet' }] });
  expect(judge(ratchet, subjectOf({ object, user })).verdict).toBe('deny');
});

// ---- properties

const restricted = setOf({ mode: 'Enforce', rules: [{ podSecurity: { level: 'restricted' } }, { podSecurity: { level: 'baseline', version: 'v1.0' } }] }); // prettier-ignore
const seed = 417;
const kinds = fc.constantFrom('Pod', 'Deployment');
const objectOf = (kind: string, { metadata = {}, spec }: { metadata?: JsonObject; spec: JsonObject }): JsonObject =>
  kind === 'Pod' ? { metadata, spec } : { metadata: {}, spec: { template: { metadata, spec } } };

test('an identical update is never denied', () => {
  let tolerated = 0;
  fc.assert(
    fc.property(pods, kinds, (given, kind) => {
      const object = objectOf(kind, given);
      const judged = judge(restricted, subjectOf({ kind, object, oldObject: structuredClone(object) }));
      expect(judged.verdict).not.toBe('deny');
      tolerated += judged.findings.length;
    }),
    { seed, numRuns: 400 },
  );
  expect(tolerated).toBeGreaterThan(1000);
});

test('no finding absent from the old object is ever tolerated, and none is lost', () => {
  const seen = { ratcheted: 0, active: 0 };
  fc.assert(
    fc.property(pods, pods, kinds, fc.boolean(), (given, other, kind, near) => {
      const old = near ? { ...given, spec: { ...other.spec, ...given.spec, hostNetwork: true } } : other;
      const [object, oldObject] = [objectOf(kind, given), objectOf(kind, old)];
      const made = judge(restricted, subjectOf({ kind, object: oldObject })).findings;
      const { findings } = judge(restricted, subjectOf({ kind, object, oldObject }));
      expect(sentences(findings)).toEqual(sentences(judge(restricted, subjectOf({ kind, object })).findings));
      const before = new Set(sentences(made));
      for (const finding of findings) {
        if (finding.state === 'ratcheted') seen.ratcheted++;
        else seen.active++;
        expect(finding.state !== 'ratcheted' || before.has(sentence(finding))).toBe(true);
      }
    }),
    { seed, numRuns: 600 },
  );
  expect(seen.ratcheted).toBeGreaterThan(1000);
  expect(seen.active).toBeGreaterThan(1000);
});

/** What is said of which container, whatever its index. */
const sentence = ({ guardrail, rule, message, path }: Finding): string => [guardrail, rule, message, path.replaceAll(/\[\d+\]/g, '')].join(' | '); // prettier-ignore
const sentences = (findings: readonly Finding[]): string[] => findings.map(sentence).toSorted();

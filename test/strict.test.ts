import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compactSchemas, schemasText } from '../src/commands/generate/compact-schemas.ts';
import { run as scan } from '../src/commands/scan.ts';
import type { Io } from '../src/commands/io.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { parsePath } from '../src/kube/field-path.ts';
import type { Schemas } from '../src/kube/schema.ts';
import { fieldFaults, typeOf } from '../src/kube/schema.ts';
import { duplicateKeys } from '../src/yaml/duplicate-keys.ts';
import { readDocuments } from '../src/yaml/read.ts';

const root = new URL('../', import.meta.url);
let home: string;
let shipped: Schemas;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-strict-'));
  shipped = JSON.parse(await readFile(new URL('src/kube/schemas/v1.36.json', root), 'utf8')) as Schemas;
});
afterAll(() => rm(home, { recursive: true, force: true }));

// ---- what Kubernetes knows

const workload = (spec: string): string => `{ metadata: { name: a }, spec: { template: { spec: ${spec} } } }`;

/** What is unknown in an object: path, and the field that is near. */
const objects: readonly (readonly [what: string, apiVersion: string, kind: string, object: string, unknown: string[]])[] = [
  ['nothing, in a pod that uses much', 'v1', 'Pod', `{ metadata: { name: a, labels: { any/thing: b }, annotations: { x.y: z } }, spec: { nodeSelector: { k: v }, overhead: { cpu: 1 }, volumes: [{ name: v, emptyDir: { sizeLimit: 1Gi } }, { name: c, configMap: { name: m, items: [{ key: k, path: p }] } }], containers: [{ name: a, image: i, resources: { limits: { example.com/gpu: 1 } }, livenessProbe: { httpGet: { port: web, httpHeaders: [{ name: a, value: b }] } }, env: [{ name: e, valueFrom: { secretKeyRef: { name: s, key: k } } }], securityContext: { capabilities: { drop: [ALL] } } }] }, status: { phase: Running } }`, []],
  ['a field of a container at the pod', 'v1', 'Pod', '{ spec: { readOnlyRootFilesystem: true } }', ['spec.readOnlyRootFilesystem']],
  ['a word that is near', 'v1', 'Pod', '{ spec: { hostnetwork: true, containers: [{ imagepullpolicy: Always }] } }', ['spec.hostnetwork hostNetwork', 'spec.containers[0].imagepullpolicy imagePullPolicy']],
  ['a field that is null', 'v1', 'Pod', '{ spec: { nope: null } }', ['spec.nope']],
  ['each item of a list', 'v1', 'Pod', '{ spec: { containers: [{}, { x: 1 }, { z: 1 }] } }', ['spec.containers[1].x', 'spec.containers[2].z']],
  ['the top of an object', 'v1', 'Pod', '{ specc: {}, apiVersion: v1, kind: Pod }', ['specc spec']],
  ['metadata', 'v1', 'ConfigMap', '{ metadata: { lables: {} }, data: { any: thing } }', ['metadata.lables labels']],
  ['the keys of a map are free', 'v1', 'ConfigMap', '{ data: { a.b/c: d }, binaryData: { x: eA== } }', []],
  ['the whole of a field is named once', 'v1', 'Pod', '{ spec: { extra: { deep: { deeper: 1 } } } }', ['spec.extra']],
  ['a key with dots', 'v1', 'Pod', '{ spec: { "a.b/c": 1 } }', ['spec[a.b/c]']],
  ['a template', 'apps/v1', 'Deployment', workload('{ hostUser: false }'), ['spec.template.spec.hostUser hostUsers']],
  ['a template in a template', 'batch/v1', 'CronJob', '{ spec: { jobTemplate: { spec: { template: { spec: { runAsNonRoot: true } } } } } }', ['spec.jobTemplate.spec.template.spec.runAsNonRoot']],
  ['fields that hold themselves', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition', '{ spec: { versions: [{ name: v1, schema: { openAPIV3Schema: { properties: { a: { properties: { b: { tipe: string } } } } } } }] } }', ['spec.versions[0].schema.openAPIV3Schema.properties.a.properties.b.tipe type']],
  ['maps of lists', 'networking.k8s.io/v1', 'NetworkPolicy', '{ spec: { ingress: [{ from: [{ podSelector: { matchLabels: { a: b } }, ipBlock: { cidr: c, exept: [] } }] }] } }', ['spec.ingress[0].from[0].ipBlock.exept except']],
  ['a value of another shape is not looked into', 'v1', 'Pod', '{ metadata: text, spec: { containers: { x: 1 }, volumes: 3, securityContext: [1] } }', []],
  ['keys that objects of the language have', 'v1', 'Pod', '{ spec: { constructor: 1, toString: 2, "__proto__": { a: 1 } } }', ['spec.constructor', 'spec.toString', 'spec.__proto__']],
]; // prettier-ignore

test.each(objects)('unknown to Kubernetes: %s', (_what, apiVersion, kind, object, expected) => {
  const type = typeOf(shipped, apiVersion, kind);
  expect(type).not.toBeNull();
  const found = fieldFaults(shipped, type ?? 0, yaml(object)).unknown.map(({ path, nearest }) => [path, nearest].filter(Boolean).join(' '));
  expect(found).toEqual(expected);
});

const podWith = (container: string, spec = ''): string =>
  `{ metadata: { name: a }, spec: { ${spec === '' ? '' : `${spec}, `}containers: [{ name: a, ${container} }] } }`;
const limit = (quantity: string): string => podWith(`resources: { limits: { cpu: ${quantity} } }`);
const port = (value: string): string => podWith(`livenessProbe: { httpGet: { port: ${value} } }`);

/** Whether a value is wrong: the kind, an object with it, and what is expected there; null where it can be read. */
const values: readonly (readonly [what: string, kind: string, object: string, expected: string | null])[] = [
  ...['3', '3.0', '1e3', 'null', '2147483647', '-2147483648'].map((value) => [`32 bits: ${value}`, 'Pod', podWith(`ports: [{ containerPort: ${value} }]`), null] as const),
  ...['"3"', '3.5', 'true', '{}', '[]', '2147483648', '-2147483649'].map((value) => [`32 bits: ${value}`, 'Pod', podWith(`ports: [{ containerPort: ${value} }]`), 'spec.containers[0].ports[0].containerPort: a whole number of 32 bits'] as const),
  ...['3', '3.0', '3000000000', 'null'].map((value) => [`64 bits: ${value}`, 'Pod', podWith(`securityContext: { runAsUser: ${value} }`), null] as const),
  ...['"3"', '3.5', 'true'].map((value) => [`64 bits: ${value}`, 'Pod', podWith(`securityContext: { runAsUser: ${value} }`), 'spec.containers[0].securityContext.runAsUser: a whole number'] as const),
  ...['true', 'yes', 'null'].map((value) => [`boolean: ${value}`, 'Pod', podWith(`securityContext: { privileged: ${value} }`), null] as const),
  ...['"true"', '1', '{}', '[]'].map((value) => [`boolean: ${value}`, 'Pod', podWith(`securityContext: { privileged: ${value} }`), 'spec.containers[0].securityContext.privileged: true or false'] as const),
  ...['80', '"80"', 'web', '8.0', 'null', '-1'].map((value) => [`a number or text: ${value}`, 'Pod', port(value), null] as const),
  ...['8.5', 'true', '3000000000', '{}'].map((value) => [`a number or text: ${value}`, 'Pod', port(value), 'spec.containers[0].livenessProbe.httpGet.port: a whole number of 32 bits or text'] as const),
  ...['1', '"1"', '1.5', '1e3', '"1E3"', '1Gi', '" 1Gi "', 'Gi', 'm', '1Ki', '"+1"', '-1', '.5', '"5."', '"1E"', '"1e+3"', '"."', '"+"', 'null', '99999999999999999999'].map((value) => [`a quantity: ${value}`, 'Pod', limit(value), null] as const),
  ...['"1 Gi"', '""', '1gb', '1K', '1ki', 'true', '{}', '[1]', 'e', '"1e"', '"0x1"', '"1_000"', '"1.5.5"', '"1,5"', '12m5', '1mi', '"1e1.5"'].map((value) => [`a quantity: ${value}`, 'Pod', limit(value), 'spec.containers[0].resources.limits.cpu: a quantity such as 500m or 1Gi'] as const),
  ...['x', 'null'].map((value) => [`text in a list: ${value}`, 'Pod', podWith(`args: [${value}]`), null] as const),
  ...['1', '{}', 'true'].map((value) => [`text in a list: ${value}`, 'Pod', podWith(`args: [${value}]`), 'spec.containers[0].args[0]: text'] as const),
  ...['[]', 'null'].map((value) => [`a list: ${value}`, 'Pod', podWith(`ports: ${value}`), null] as const),
  ...['{}', 'x', '1'].map((value) => [`a list: ${value}`, 'Pod', podWith(`ports: ${value}`), 'spec.containers[0].ports: a list'] as const),
  ...['{}', 'null'].map((value) => [`a map: ${value}`, 'Pod', podWith(`securityContext: ${value}`), null] as const),
  ...['[]', 'x', '1'].map((value) => [`a map: ${value}`, 'Pod', podWith(`securityContext: ${value}`), 'spec.containers[0].securityContext: a map'] as const),
  ...['{ a: 1 }', '{ a: true }'].map((value) => [`text in a map: ${value}`, 'Pod', podWith('image: a', `nodeSelector: ${value}`), 'spec.nodeSelector.a: text'] as const),
  ...['null', '""', 'eA==', '"eA==\\n"', '[1]'].map((value) => [`base64: ${value}`, 'Secret', `{ data: { a: ${value} } }`, null] as const),
  ...['eA', '"e A=="', '1', '"-_8="', '"eA===="'].map((value) => [`base64: ${value}`, 'Secret', `{ data: { a: ${value} } }`, 'data.a: base64'] as const),
  ...['null', '2026-01-01T00:00:00Z', '"2026-01-01T00:00:00.5+01:00"'].map((value) => [`a time: ${value}`, 'Secret', `{ metadata: { creationTimestamp: ${value} } }`, null] as const),
  ...['""', '1', '2026-01-01', 'now'].map((value) => [`a time: ${value}`, 'Secret', `{ metadata: { creationTimestamp: ${value} } }`, 'metadata.creationTimestamp: a time such as 2027-01-15T00:00:00Z'] as const),
]; // prettier-ignore

test.each(values)('a value is read as Kubernetes reads it: %s', (_what, kind, object, expected) => {
  const { unknown, wrong } = fieldFaults(shipped, `core.v1.${kind}`, yaml(object));
  expect(unknown).toEqual([]);
  expect(wrong.map((fault) => `${fault.path}: ${fault.expected}`)).toEqual(expected === null ? [] : [expected]);
});

test('no committed manifest has a value that Kubernetes cannot read', async () => {
  const folders = ['deploy', 'policies', 'test/e2e/manifests'].map((folder) => fileURLToPath(new URL(folder, root)));
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)));
  let judged = 0;
  for (const file of files.filter((name) => /\.(ya?ml|json)$/.test(name))) {
    for (const document of readDocuments(await readFile(file, 'utf8'))) {
      if ('error' in document) continue;
      const { apiVersion, kind } = document.value as { apiVersion: string; kind: string };
      const type = typeOf(shipped, apiVersion, kind);
      if (type === null) continue;
      judged++;
      expect([file, fieldFaults(shipped, type, document.value)]).toEqual([file, { unknown: [], wrong: [] }]);
    }
  }
  expect(judged).toBeGreaterThan(20);
});

test('every type that is named is there, and the file is as small as it is said to be', async () => {
  const text = await readFile(new URL('src/kube/schemas/v1.36.json', root), 'utf8');
  const { kinds, types } = shipped;
  const named = [...text.matchAll(/:\[?"([^"]+)"/g)].map(([, name]) => String(name)).filter((name) => name !== shipped.version);
  expect(named.length).toBeGreaterThan(500);
  expect(named.filter((name) => !Object.hasOwn(types, name))).toEqual([]);
  expect(Object.keys(kinds['apps/v1'] ?? {})).toEqual(['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet']);
  expect(text.length).toBeLessThan(150 * 1024);
  expect(schemasText(shipped)).toBe(text);
});

test('an object nested deeper than the stack is read', () => {
  let value: Json = { nope: 1 };
  for (let depth = 0; depth < 100_000; depth++) value = { next: value };
  const deep: Schemas = { version: 'v1', kinds: {}, types: { Chain: { next: 'Chain' } } };
  expect(fieldFaults(deep, 'Chain', value).unknown).toHaveLength(1);
});

test('a hundred unknown fields are enough', () => {
  const many = { spec: Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`readOnlyRootFilesystem${index}`, true])) };
  expect(fieldFaults(shipped, 'core.v1.Pod', many).unknown).toHaveLength(100);
});

test('any JSON can be looked into', () => {
  const keys = fc.constantFrom('spec', 'metadata', 'template', 'containers', 'securityContext', 'volumes', 'nope', '*', '__proto__', 'a.b');
  const value = fc.letrec<{ any: Json }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<Json>(null, true, 1, 'x'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(keys, tie('any'), { maxKeys: 4 }),
    ),
  })).any;
  fc.assert(
    fc.property(value, fc.constantFrom('core.v1.Pod', 'apps.v1.Deployment', 'core.v1.PodSpec', 'absent'), (value, type) => {
      for (const { path, field } of fieldFaults(shipped, type, value).unknown) expect(parsePath(path).at(-1)).toBe(field);
    }),
  );
});

test('schemas of a custom resource: what is free stays free', () => {
  const schema = {
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Thing' }],
    properties: {
      spec: {
        type: 'object',
        properties: {
          port: { 'x-kubernetes-int-or-string': true },
          count: { type: 'integer', format: 'int64' },
          any: {},
          open: {
            type: 'object',
            'x-kubernetes-preserve-unknown-fields': true,
            properties: { known: { type: 'object', properties: { a: {} } } },
          },
          closed: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
          byName: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
        },
      },
    },
  };
  const schemas = compactSchemas('v1', [{ components: { schemas: { 'com.example.v1.Thing': schema } } }]);
  const value = yaml(
    '{ spec: { port: x, any: [1], open: { free: { x: 1 }, known: { b: 1 } }, closed: [{ b: 1 }], byName: { any: { b: 1 } }, more: 1 } }',
  );
  expect(fieldFaults(schemas, typeOf(schemas, 'example.com/v1', 'Thing') ?? 0, value).unknown.map(({ path }) => path)).toEqual([
    'spec.more',
    'spec.open.known.b',
    'spec.closed[0].b',
    'spec.byName.any.b',
  ]);
  const wrong = yaml('{ spec: { port: 3000000000, count: 1.5, open: text, closed: { a: 1 }, byName: { any: { a: 1 } }, any: 1 } }');
  expect(fieldFaults(schemas, 'com.example.v1.Thing', wrong).wrong.map(({ path, expected }) => `${path}: ${expected}`)).toEqual([
    'spec.count: a whole number',
    'spec.open: a map',
    'spec.closed: a list',
    'spec.byName.any.a: text',
  ]);
});

// ---- keys that stand twice

test.each<[string, string, string[]]>([
  ['none', 'a: 1\nb: { a: 1 }\nc: [{ a: 1 }, { a: 1 }]\n', []],
  ['in block style', 'a: 1\nb: 2\na: 3\n', ['a 3:1 after 1']],
  ['three times', 'a: 1\na: 2\na: 3\n', ['a 2:1 after 1', 'a 3:1 after 1']],
  ['in flow style', 'x: { a: 1, b: [1, { c: 1 }], a: 2 }\n', ['a 1:30 after 1']],
  ['in JSON', '{"a": 1,\n "b": {"c": 1, "c": 2}}\n', ['c 2:16 after 2']],
  ['in quotes and without', 'a: 1\n"a": 2\n', ['a 2:1 after 1']],
  ['spelt otherwise, the same in JSON', 'yes: 1\ntrue: 2\n0x1: 1\n1: 2\n', ['true 2:1 after 1', '1 4:1 after 3']],
  ['deep in a list', 'a:\n  - b:\n      c: 1\n      c: 2\n', ['c 4:7 after 3']],
  ['what a merge key brings in may be overwritten', 'x: &x { a: 1 }\ny:\n  <<: *x\n  a: 2\n', []],
  ['an alias as a value', 'a: &a 1\nb: *a\nc: *a\nb: 2\n', ['b 4:1 after 2']],
  ['a value that looks like a key', 'a: b\nb: b\n', []],
  ['in the second document', 'a: 1\n---\nb: 1\nb: 2\n', ['b 4:1 after 3']],
])('keys that stand twice: %s', (_what, text, expected) => {
  const found = readDocuments(text).flatMap((document) => ('error' in document ? [] : duplicateKeys(text, document)));
  expect(found.map(({ key, line, column, firstLine }) => `${key} ${line}:${column} after ${firstLine}`)).toEqual(expected);
});

// ---- scan --strict

const good = `apiVersion: v1
kind: Pod
metadata: { name: a }
spec:
  securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: a
      image: a
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`;
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';

test.each<[string, string, string[]]>([
  ['nothing', good, []],
  [
    'an unknown field',
    `${good}  hostnetwork: false\n`,
    ['10:3 unknown field "spec.hostnetwork": Kubernetes v1.36.3 drops it; did you mean hostNetwork?'],
  ],
  [
    'a field that stands twice',
    `${good}  hostPID: true\n  hostPID: false\n`,
    ['11:3 duplicate key "hostPID": it stands in line 10 already, and only the last one counts; remove one'],
  ],
  [
    'in the order of the file',
    `${good}  zzz: 1\n  hostPID: true\n  hostPID: false\n  yyy: 1\n`,
    ['10:3 unknown', '12:3 duplicate', '13:3 unknown'],
  ],
  [
    'a value of another type',
    good.replace('name: a\n      image', 'name: a\n      ports: {}\n      image').replace('RuntimeDefault', '7'),
    [
      '5:60 wrong value of "spec.securityContext.seccompProfile.type": text is expected, 7 was found',
      '8:7 wrong value of "spec.containers[0].ports": a list is expected, a map was found; Kubernetes v1.36.3 refuses the object',
    ],
  ],
  [
    'a quoted number',
    `${good}---\napiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: "3"\n`,
    ['14:3 wrong value of "spec.replicas": a whole number of 32 bits is expected, the text "3" was found'],
  ],
  [
    'a secret is not told',
    `${good}---\napiVersion: v1\nkind: Secret\nstringData: { a: 12345 }\ndata: { b: hunter2 }\n`,
    [
      '13:15 wrong value of "stringData.a": text is expected, a number was found',
      '14:9 wrong value of "data.b": base64 is expected, text was found',
    ],
  ],
  ['an object that no rule judges', `${good}---\n${configMap}dta: {}\n`, ['14:1 unknown field "dta"']],
  [
    'an item of a List',
    `apiVersion: v1\nkind: List\nitems:\n  - ${good.replaceAll('\n', '\n    ')}  zzz: 1\n`,
    ['13:7 unknown field "spec.zzz"'],
  ],
  [
    'a kind that is not served',
    `${good}---\napiVersion: apps/v1\nkind: Deploymnt\n`,
    ['12:1 Kubernetes v1.36.3 has no kind Deploymnt in apps/v1; did you mean Deployment?'],
  ],
  ['a custom resource is not known here', `${good}---\napiVersion: example.com/v1\nkind: Thing\nspec: { any: thing }\n`, []],
  ['what is no Kubernetes object', `${good}---\na: 1\na: 2\n`, []],
])('scan --strict: %s', async (_what, text, expected) => {
  const { code, errors } = await judged(text, ['--strict']);
  expect(errors).toHaveLength(expected.length);
  expected.forEach((start, index) => expect(errors[index]).toContain(start));
  expect(code).toBe(expected.length > 0 ? 2 : 0);
  expect((await judged(text, [])).errors).toEqual([]);
});

test('scan --strict --schemas: what another cluster knows goes before', async () => {
  const other = { version: 'v1.99.0', kinds: { 'example.com/v1': { Thing: 'Thing' }, v1: { Pod: 'Pod' } }, types: { Thing: { apiVersion: 0, kind: 0, spec: { a: 0 } }, Pod: { apiVersion: 0, kind: 0, metadata: 0, spec: 0 } } }; // prettier-ignore
  await writeFile(join(home, 'other.json'), JSON.stringify(other));
  await writeFile(join(home, 'none.json'), '{}');
  const thing = `apiVersion: example.com/v1\nkind: Thing\nspec: { a: 1, b: 2 }\n---\n${good}  futureField: 1\n`;
  const { errors } = await judged(thing, ['--strict', '--schemas', 'other.json']);
  expect(errors).toEqual([expect.stringContaining('3:15 unknown field "spec.b": Kubernetes v1.99.0 drops it')]);
  for (const [argv, said] of [
    [['--schemas', 'other.json'], /--strict/],
    [['--strict', '--schemas', 'none.json'], /generate schemas/],
    [['--strict', '--schemas', 'absent.json'], /absent\.json.*ENOENT/],
  ] as const) {
    expect(await run(thing, [...argv])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(said) });
  }
});

// ---- what does nothing where it stands

test.each<[string, string, string[]]>([
  ['nothing', good, []],
  ['a field of a container at the pod', `${good}  readOnlyRootFilesystem: true\n`, ['10 spec.readOnlyRootFilesystem']],
  ['beside the spec', `${good}securityContext: { privileged: false }\n`, ['10 securityContext']],
  ['beside the template', deployment('securityContext: { runAsNonRoot: true }', ''), ['5 spec.securityContext']],
  ['beside the spec of a template', deployment('', 'hostNetwork: false'), ['7 spec.template.hostNetwork']],
  [
    'what a custom resource has beside its template is its own',
    deployment('securityContext: {}', '').replace('apps/v1\nkind: Deployment', 'argoproj.io/v1alpha1\nkind: Rollout'),
    [],
  ],
  [
    'in the template of a custom resource',
    deployment('', '', 'privileged: false').replace('apps/v1\nkind: Deployment', 'argoproj.io/v1alpha1\nkind: Rollout'),
    ['9 spec.template.spec.privileged'],
  ],
])('scan tells what does nothing, and allows it: %s', async (_what, text, expected) => {
  const { code, results } = await judged(text, []);
  expect(results.flatMap(({ findings }) => findings.map(({ line, path }) => `${line} ${path}`))).toEqual(expected);
  const said = results.flatMap(({ findings }) =>
    findings.map(({ guardrail, rule, control, mode }) => ({ guardrail, rule, control, mode })),
  );
  expect(said).toEqual(expected.map(() => ({ guardrail: 'sallyport', rule: 'misplaced-field', control: null, mode: 'Audit' })));
  expect([code, ...results.map(({ verdict }) => verdict)]).toEqual([0, 'allow']);
});

test('what does nothing can be skipped, and asked for alone', async () => {
  const text = `${good}  hostPID: true\n  privileged: false\n`;
  const rules = async (...argv: string[]) => (await judged(text, argv)).results.flatMap(({ findings }) => findings.map(({ rule }) => rule));
  expect(await rules()).toEqual(['hostNamespaces', 'misplaced-field']);
  expect(await rules('--skip', 'misplaced-field')).toEqual(['hostNamespaces']);
  expect(await rules('--only', 'sallyport/misplaced-field')).toEqual(['misplaced-field']);
  expect(await rules('--only', 'host-namespaces')).toEqual(['hostNamespaces']);
});

test('what is not judged is not told of', async () => {
  await writeFile(
    join(home, 'jobs.yaml'),
    'apiVersion: sallyport.dev/v1alpha1\nkind: Guardrail\nmetadata: { name: g }\nspec:\n  mode: Warn\n  exempt: { namespaces: [default] }\n  rules: [{ check: privileged }]\n',
  );
  const { results } = await judged(`${good}  readOnlyRootFilesystem: true\n`, ['--policies', 'jobs.yaml']);
  expect(results).toMatchObject([{ verdict: 'skip', findings: [] }]);
});

// ---- details

function deployment(inSpec: string, inTemplate: string, inPod = ''): string {
  const pod = good.slice(good.indexOf('spec:'), -1).replaceAll('\n', '\n    ');
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec:\n  ${inSpec}\n  template:\n    ${inTemplate}\n    ${pod.replace('spec:', `spec:\n      ${inPod}`)}\n`;
}

function yaml(text: string): JsonObject {
  const [document] = readDocuments(`${text}\n`);
  if (document === undefined || 'error' in document) throw new Error(`this is no YAML: ${text}`);
  return document.value as JsonObject;
}

async function judged(text: string, argv: readonly string[]): Promise<{ code: number; errors: string[]; results: Result[] }> {
  const { code, stdout, stderr } = await run(text, ['--format', 'json', ...argv]);
  if (stdout === '') throw new Error(stderr);
  const { errors, results } = JSON.parse(stdout) as { errors: { line: number; column: number; message: string }[]; results: Result[] };
  return { code, results, errors: errors.map(({ line, column, message }) => `${line}:${column} ${message}`) };
}

interface Result {
  readonly verdict: string;
  readonly findings: {
    guardrail: string;
    rule: string;
    control: string | null;
    mode: string;
    path: string;
    line: number;
    message: string;
  }[];
}

async function run(text: string, argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  await writeFile(join(home, 'a.yaml'), text);
  const heard = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: (text) => void (heard.stdout += text),
    stderr: (text) => void (heard.stderr += text),
    stdin: async () => Buffer.alloc(0),
    cwd: home,
    env: {},
    now: () => new Date(0),
    root,
    version: '1.2.3',
    termination: () => new AbortController().signal,
  };
  return { code: await scan(['--no-config', ...argv, 'a.yaml'], io), ...heard };
}

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { TSchema } from 'typebox';
import { Default, Errors } from 'typebox/value';
import { checks } from '../src/checks/index.ts';
import { generate } from '../src/commands/generate.ts';
import type { AnyCheck, Fault } from '../src/engine/check.ts';
import { evaluate } from '../src/engine/evaluate.ts';
import type { Finding } from '../src/engine/finding.ts';
import { applyCures } from '../src/fix/apply-cures.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { isObject } from '../src/kube/json.ts';
import type { Pod } from '../src/kube/pod.ts';
import { isUnreadable, readPod } from '../src/kube/pod.ts';
import { readDocuments } from '../src/yaml/read.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const named = (folder: string, suffix: string): string[] =>
  readdirSync(`${root}${folder}`)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .toSorted();

interface Row {
  readonly name: string;
  readonly params?: JsonObject;
  readonly pod: JsonObject;
  readonly expect: readonly string[];
}

const tables = new Map(named('test/checks', '.yaml').map((id) => [id, yaml(read(`test/checks/${id}.yaml`)) as unknown as Row[]]));
const rows = [...tables].flatMap(([id, table]) => table.map((row): [string, string, Row] => [id, row.name, row]));

/** Checks whose cure only a human can choose. */
const choices = new Set(['host-path-volumes', 'misplaced-field', 'volume-types']);

// ---- tables

test.each(rows)('%s: %s', (id, _name, row) => {
  expect(faults(checkOf(id), podOf(row.pod), row.params).map(({ message, at }) => `${message} ${at}`)).toEqual(row.expect);
});

test('every message is reached by a row, and every row has a name of its own', () => {
  const reached = new Set(rows.flatMap(([id, , row]) => row.expect.map((line) => `${id} ${line.split(' ', 1)[0]}`)));
  const messages = [...checks.values()].flatMap((check) => Object.keys(check.messages).map((key) => `${check.id} ${key}`));
  expect(messages.filter((message) => !reached.has(message))).toEqual([]);
  expect(new Set(rows.map(([id, name]) => `${id}: ${name}`)).size).toBe(rows.length);
});

test('every table visits init, regular and ephemeral containers, or its check looks at none', () => {
  const ofContainers = [...tables].filter(([, table]) => table.some(({ expect }) => expect.some((line) => line.includes('ontainers['))));
  expect(ofContainers.length).toBeGreaterThan(8);
  const unvisited = ofContainers.flatMap(([id, table]) => {
    const places = table.flatMap((row) => row.expect).join('\n');
    return ['.initContainers[', '.containers[', '.ephemeralContainers['].filter((list) => !places.includes(list)).map((list) => id + list);
  });
  expect(unvisited).toEqual([]);
});

test('every param is used by a row', () => {
  const used = new Set(rows.flatMap(([id, , row]) => Object.keys(row.params ?? {}).map((param) => `${id} ${param}`)));
  expect([...checks.values()].flatMap((check) => params(check).map(([name]) => `${check.id} ${name}`)).filter((p) => !used.has(p))).toEqual(
    [],
  );
});

test('what a fault says: no hole stays open, and the place is named', () => {
  for (const [id, name, row] of rows) {
    for (const fault of faults(checkOf(id), podOf(row.pod), row.params)) {
      const holes = (checkOf(id).messages[fault.message] ?? '{message}').match(/\{\w+\}/g) ?? [];
      expect({ id, name, open: holes.filter((hole) => fault.data?.[hole.slice(1, -1)] === undefined) }).toEqual({ id, name, open: [] });
    }
    for (const finding of found(checkOf(id), podOf(row.pod), row.params)) expect(finding.message).not.toMatch(/\{\w*\}|undefined|\n/);
  }
});

test('a name in braces is shown as it is, not filled', () => {
  const pod = podOf({ containers: [{ name: '{capability}', securityContext: { capabilities: { drop: ['ALL'], add: ['{who}'] } } }] });
  expect(found(checkOf('capabilities'), pod).map(({ message }) => message)).toEqual([
    'container "{capability}" adds the capability {who}; remove it (allowed: NET_BIND_SERVICE)',
  ]);
});

test('every message has one reason and one cure, none where a human must choose', () => {
  const kinds = new Set(
    rows.flatMap(([id, , row]) =>
      row.pod.os === undefined ? faults(checkOf(id), podOf(row.pod), row.params).map((fault) => `${id} ${kindOf(fault)}`) : [],
    ),
  );
  expect([...kinds].toSorted()).toEqual([
    'allow-privilege-escalation allowed: Forbidden, set false (review)',
    'allow-privilege-escalation allowed: Forbidden, set false (safe)',
    'allow-privilege-escalation unset: Required, set false (review)',
    'allow-privilege-escalation unset: Required, set false (safe)',
    'app-armor annotation: Forbidden, remove (review)',
    'app-armor field: Forbidden, set "RuntimeDefault" (review)',
    'capabilities added: Forbidden, remove (review)',
    'capabilities notDropped: Required, set ["ALL"] (safe)',
    'capabilities notDropped: Required, set ["KILL","MKNOD"] (safe)',
    'capabilities notDropped: Required, set ["NET_RAW","MKNOD"] (safe)',
    'host-namespaces ipc: Forbidden, remove (review)',
    'host-namespaces network: Forbidden, remove (review)',
    'host-namespaces pid: Forbidden, remove (review)',
    'host-path-volumes hostPath: Forbidden, no cure',
    'host-ports hostNetwork: Forbidden, remove (review)',
    'host-ports hostPort: Forbidden, remove (review)',
    'host-probes host: Forbidden, remove (review)',
    'misplaced-field misplaced: Forbidden, no cure',
    'misplaced-field misspelt: Forbidden, no cure',
    'privileged privileged: Forbidden, set false (review)',
    'proc-mount procMount: Forbidden, remove (review)',
    'run-as-non-root mayBeRoot: Forbidden, set true (review)',
    'run-as-non-root podMayBeRoot: Forbidden, set true (review)',
    'run-as-non-root unset: Required, set true (review)',
    'run-as-user root: Forbidden, remove (review)',
    'seccomp forbidden: Forbidden, set "RuntimeDefault" (review)',
    'seccomp unset: Required, set {"type":"RuntimeDefault"} (safe)',
    'seccomp-annotations forbidden: Forbidden, remove (review)',
    'selinux role: Forbidden, remove (review)',
    'selinux type: Forbidden, remove (review)',
    'selinux user: Forbidden, remove (review)',
    'sysctls forbidden: Forbidden, remove (review)',
    'volume-types type: Forbidden, no cure',
    'volume-types unknown: Forbidden, no cure',
    'windows-host-process hostProcess: Forbidden, remove (review)',
  ]);
});

// ---- completeness

test('index, folder, tables and catalogue hold the same checks, in order', async () => {
  const ids = [...checks.keys()];
  const catalogue = (await generate(root, 'catalogue')).get('policies/README.md') ?? '';
  expect(ids.toSorted()).toEqual(named('src/checks', '.ts').filter((name) => name !== 'index'));
  expect([...tables.keys()].toSorted()).toEqual(ids.toSorted());
  const headings = [...catalogue.matchAll(/^### (\S+)$/gm)].map(([, id]) => String(id));
  expect(headings.toSorted()).toEqual(ids.toSorted());
  const files = [...read('src/checks/index.ts').matchAll(/^import \w+ from '\.\/(.+\.ts)';$/gm)].map(([, file]) => String(file));
  const listed = [...read('src/checks/index.ts').matchAll(/^ {4}(\w+),$/gm)].map(([, name]) => String(name));
  expect(files).toEqual(files.toSorted());
  expect(ids.map((id) => `${id}.ts`)).toEqual(files);
  expect(listed.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))).toEqual(ids);
});

test('the catalogue is fresh', async () => {
  for (const [path, text] of await generate(root, 'catalogue')) expect({ path, text: read(path) }).toEqual({ path, text });
});

test.each([...checks.values()].map((check): [string, AnyCheck] => [check.id, check]))('%s is documented', (_id, check) => {
  expect(check.title).toMatch(/^[A-Z].*[^.]$/);
  expect(check.why).toMatch(/^[A-Z][^]*\.$/);
  expect(check.refs).toContainEqual(expect.stringMatching(/^https:\/\//));
  expect((check.params as { additionalProperties?: unknown }).additionalProperties).toBe(false);
  for (const [, schema] of params(check)) {
    expect(schema.description).toMatch(/^[A-Z].*\.$/);
    expect(schema).toHaveProperty('default');
  }
  expect(Errors(check.params, withDefaults(check))).toEqual([]);
});

test.each([...checks.values()].map((check): [string, AnyCheck] => [check.id, check]))(
  'the example of %s shows what it says',
  (_id, check) => {
    const [bad, good] = [examplePod(check.example.bad), examplePod(check.example.good)];
    const findings = found(check, bad);
    expect(findings).not.toEqual([]);
    expect(found(check, good)).toEqual([]);
    const curable = findings.every(({ cure }) => cure !== null);
    expect(!curable).toBe(choices.has(check.id));
    expect(curable ? applyCures(bad, findings) : good).toEqual(good);
  },
);

// ---- cures

const set = (path: string, value: Json) => ({ path, cure: { set: value, class: 'safe' as const } });
const removal = (path: string) => ({ path, cure: { remove: true as const, class: 'safe' as const } });

test.each<[string, Json, Parameters<typeof applyCures>[1], Json]>([
  ['nothing to cure', { a: 1 }, [{ path: 'a', cure: null }], { a: 1 }],
  ['parents are made', {}, [set('a.b.c', 1)], { a: { b: { c: 1 } } }],
  ['null parents are filled', { a: null, l: [null] }, [set('a.b', 1), set('l[0].x.y', 2)], { a: { b: 1 }, l: [{ x: { y: 2 } }] }],
  ['lists are made where an index stands', {}, [set('a[0].b', 1)], { a: [{ b: 1 }] }],
  ['a key in brackets', { a: { 'x.y/z': 1, k: 2 } }, [removal('a[x.y/z]')], { a: { k: 2 } }],
  [
    'items are removed from the back',
    { l: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
    [removal('l[2]'), removal('l[10]'), removal('l[0]')],
    { l: [1, 3, 4, 5, 6, 7, 8, 9, 11] },
  ],
  ['one item is removed once, whoever asks', { l: [0, 1, 2] }, [removal('l[0]'), removal('l[0]')], { l: [1, 2] }],
  ['setting goes before removing, so indexes hold', { l: [{}, {}] }, [removal('l[0]'), set('l[1].a', 1)], { l: [{ a: 1 }] }],
  [
    'in nested lists',
    { l: [{ m: [1, 2] }, { m: [3, 4] }] },
    [removal('l[0].m[0]'), removal('l[1].m[1]'), removal('l[0].m[1]')],
    { l: [{ m: [] }, { m: [3] }] },
  ],
  ['what is not there is removed already', { a: 1 }, [removal('b.c'), removal('b'), removal('a.x')], { a: 1 }],
  ['a scalar holds nothing', { a: 'x' }, [set('a.b', 1)], { a: 'x' }],
  ['the last of two values holds', {}, [set('a', 1), set('a', 2)], { a: 2 }],
])('cures: %s', (_name, object, findings, expected) => {
  const before = structuredClone(object);
  expect(applyCures(object, findings)).toEqual(expected);
  expect(object).toEqual(before);
});

test('a cure at __proto__ leaves every prototype alone', () => {
  const cured = applyCures({}, [set('__proto__.polluted', true), set('a.__proto__', 1)]);
  expect(JSON.stringify(cured)).toBe('{"__proto__":{"polluted":true},"a":{"__proto__":1}}');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

// ---- details

function yaml(text: string): Json {
  const [document, ...more] = readDocuments(text);
  if (document === undefined || 'error' in document || more.length > 0)
    throw new Error(`one YAML document is expected: ${JSON.stringify(document)}`);
  return document.value;
}

/** A row's pod is a spec, or a spec with its metadata or annotations beside it. */
function podOf(pod: JsonObject): JsonObject {
  if (!Object.hasOwn(pod, 'spec')) return { spec: pod };
  const { annotations, metadata = annotations === undefined ? undefined : { annotations }, spec } = pod;
  return metadata === undefined ? { spec } : { metadata, spec };
}

function examplePod(text: string): JsonObject {
  const pod = yaml(text);
  if (!isObject(pod)) throw new Error('an example is a pod spec');
  return podOf(pod);
}

function checkOf(id: string): AnyCheck {
  const check = checks.get(id);
  if (!check) throw new Error(`no check ${id}`);
  return check;
}

const params = ({ params }: AnyCheck): [string, TSchema & { description?: string }][] =>
  Object.entries((params as { properties?: Record<string, TSchema> }).properties ?? {});

const withDefaults = (check: AnyCheck, given: JsonObject = {}): unknown => Default(check.params, structuredClone(given));

function readable({ metadata, spec }: JsonObject): Pod {
  const pod = readPod({ path: 'spec', metadataPath: 'metadata', metadata, spec });
  if (isUnreadable(pod)) throw new Error(JSON.stringify(pod));
  return pod;
}

function faults(check: AnyCheck, pod: JsonObject, given?: JsonObject): readonly Fault[] {
  const full = withDefaults(check, given);
  expect(Errors(check.params, full)).toEqual([]);
  return check.evaluate(readable(pod), full);
}

function found(check: AnyCheck, pod: JsonObject, given?: JsonObject): Finding[] {
  const findings: Finding[] = [];
  const rule = { guardrail: 'g', name: 'r', check, params: withDefaults(check, given), control: null };
  evaluate([{ ...rule, mode: 'Enforce', failureMode: 'Enforce' }], readable(pod), findings);
  return findings;
}

function kindOf({ message, reason = 'FieldValueForbidden', cure }: Fault): string {
  const edit = cure === undefined ? 'no cure' : `${'set' in cure ? `set ${JSON.stringify(cure.set)}` : 'remove'} (${cure.class})`;
  return `${message}: ${reason.replace('FieldValue', '')}, ${edit}`;
}

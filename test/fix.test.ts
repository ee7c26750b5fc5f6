import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { run as runFix } from '../src/commands/fix.ts';
import type { Io } from '../src/commands/io.ts';
import { fixChart } from '../src/commands/fix/fix-chart.ts';
import { policySet } from '../src/commands/policy-flags.ts';
import type { Input } from '../src/commands/scan/input.ts';
import { templatePlaces } from '../src/commands/scan/template-lines.ts';
import { valuesReferences } from '../src/commands/fix/values-references.ts';
import { run as runScan } from '../src/commands/scan.ts';
import { applyCures } from '../src/fix/apply-cures.ts';
import { applyEdits, editDocument } from '../src/fix/edit.ts';
import type { Curing } from '../src/fix/patch.ts';
import { unifiedDiff } from '../src/fix/unified-diff.ts';
import { formatPath } from '../src/kube/field-path.ts';
import type { Step } from '../src/kube/field-path.ts';
import { isObject } from '../src/kube/json.ts';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { readDocuments } from '../src/yaml/read.ts';
import type { YamlDocument } from '../src/yaml/read.ts';
import { expectGolden } from './support/golden.ts';
import { layOut } from './support/layout.ts';

const root = new URL('../', import.meta.url);
const goldens = fileURLToPath(new URL('golden/fix/', import.meta.url));
const folders: string[] = [];
let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sallyport-fix-'));
  folders.push(cwd);
});
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

// ---- the edits

const set = (path: string, value: Json): Curing => ({ path, cure: { set: value, class: 'safe' } });
const removal = (path: string): Curing => ({ path, cure: { remove: true, class: 'safe' } });

const edits: [name: string, before: string, cures: Curing[], after: string][] = [
  ['a value keeps its comment and its spaces', 'a:   true\t # why \nb: 1\n', [set('a', false)], 'a:   false\t # why \nb: 1\n'],
  ['quotes go with the value they held', `a: 'x'\n`, [set('a', 'y z')], 'a: "y z"\n'],
  ['a text that reads like something else is quoted', 'a: x\n', [set('a', 'yes')], 'a: "yes"\n'],
  ['a tag goes with the value it told of', 'a: !!str true # c\n', [set('a', false)], 'a: false # c\n'],
  ['an anchor stays', 'a: &x true\nb: *x\n', [set('a', false), set('b', false)], 'a: &x false\nb: *x\n'],
  ['an alias is written out', 'a: &x true\nb: *x # c\n', [set('b', false)], 'a: &x true\nb: false # c\n'],
  ['what other aliases see stays', 'a: &x {b: 1}\nc: *x\n', [set('a.b', 2)], 'a: &x {b: 2}\nc:\n  b: 1\n'],
  ['what else a list of aliases names stays', 'a: &x {b: 1}\nc: [*x, *x]\n', [set('c[1].b', 2)], 'a: &x {b: 1}\nc: [*x, {b: 2}]\n'],
  ['an anchor that goes leaves its value', 'a:\n- &x b\n- c\nd: *x\n', [removal('a[0]')], 'a:\n- c\nd: b\n'],
  ['a merged key is spelled out', 'a: &x {b: {c: 1}}\nd:\n  <<: *x\n', [set('d.b.c', 2)], 'a: &x {b: {c: 1}}\nd:\n  <<: *x\n  b:\n    c: 2\n'],
  ['a merged key stays as it was', 'a: &x {b: 1}\nd:\n  <<: *x\n', [set('a.b', 2)], 'a: &x {b: 2}\nd:\n  <<: *x\n  b: 1\n'],
  ['merged keys agree', 'a: &x {b: 1}\nd: {<<: [*x], e: 1}\n', [set('a.b', 2), set('d.b', 2)], 'a: &x {b: 2}\nd: {<<: [*x], e: 1}\n'],
  ['a folded text becomes a word', 'a: >-  # c\n  x\n  y\n\nb: 1\n', [set('a', 'z')], 'a: z\n\nb: 1\n'],
  ['what follows a text that keeps its end', 'a:\n  b: |+\n    x\n\n\nc: 1\n', [set('a.d', 1)], 'a:\n  b: |+\n    x\n\n\n  d: 1\nc: 1\n'],
  ['a key without a value', 'a: # c\nb:\n', [set('a', 1), set('b.c', 1)], 'a: 1 # c\nb:\n  c: 1\n'],
  ['an item without a value', '-\n', [set('[0].a.b', 1)], '- a:\n    b: 1\n'],
  ['an item that is null', 'a:\n- # c\n- ~\n', [set('a[0].b', 1), set('a[1].b', [{ c: 1, d: 2 }])], 'a:\n- b: 1 # c\n- b:\n  - c: 1\n    d: 2\n'],
  ['empty braces', 'a: {} # c\nb: [{}]\n', [set('a.c', 1), set('b[0].c', 1)], 'a: # c\n  c: 1\nb: [{c: 1}]\n'],
  ['empty braces with an anchor', 'a: &x {}\n', [set('a.c', 1)], 'a: &x\n  c: 1\n'],
  ['braces with a comma at the end', 'a: {b: 1,}\n', [set('a.c', 'x')], 'a: {b: 1, c: x,}\n'],
  ['braces over lines', 'a: {\n  b: 1 # c\n}\n', [set('a.c', 1)], 'a: {\n  b: 1, # c\n  c: 1\n}\n'],
  ['braces over lines with a comma at the end', 'a: {\n  b: 1, # c\n}\n', [set('a.c', 1)], 'a: {\n  b: 1, # c\n  c: 1\n}\n'],
  ['a key without a colon in braces', 'a: {b, "c"}\n', [set('a.b', 1), set('a.c', 2)], 'a: {b: 1, "c": 2}\n'],
  ['a list in brackets', 'a: [b, c, d]\n', [set('a', ['e'])], 'a: [e]\n'],
  ['a list with dashes', 'a: # c\n- b\n# d\n- c # e\nf: 1\n', [set('a', ['g', 'h'])], 'a: # c\n- g\n# d\n- h # e\nf: 1\n'],
  ['keys in quotes', '"a":\n  "b": "c"\n', [set('a.d.e', 'f')], '"a":\n  "b": "c"\n  "d":\n    "e": "f"\n'],
  ['a key with a question mark', '? a\n: b: 1\n', [set('a.c', 1), set('d', 2)], '? a\n: b: 1\n  c: 1\nd: 2\n'],
  ['the last of equal keys', 'a: 1\na: 2\n', [set('a', 3)], 'a: 1\na: 3\n'],
  ['all of equal keys', 'a: 1\nb: 1\na: 2\n', [removal('a')], 'b: 1\n'],
  ['four spaces, lists too', 'a:\n    b:\n        - c: 1\n', [set('a.d.e', [{ f: 1 }])], 'a:\n    b:\n        - c: 1\n    d:\n        e:\n            - f: 1\n'],
  ['lists with dashes', 'a:\n- b\nc:\n', [set('c.d', ['e'])], 'a:\n- b\nc:\n  d:\n  - e\n'],
  ['no line end at the end', 'a:\n  b: 1', [set('a.c', 1), set('d', 2)], 'a:\n  b: 1\n  c: 1\nd: 2'],
  ['behind the end marker', 'a: 1\n...\n# x\n', [set('b', 2)], 'a: 1\nb: 2\n...\n# x\n'],
  ['a key goes with its comment, and the one above stays', 'a: 1\n# b\nb: 2 # c\n# d\n', [removal('b')], 'a: 1\n# b\n# d\n'],
  ['the first key', 'a: 1 # c\nb: 2\n', [removal('a')], 'b: 2\n'],
  ['the key behind a dash', '- a: 1\n  b: 2\n  c: 3\n', [removal('[0].a')], '- b: 2\n  c: 3\n'],
  ['keys behind a dash', 'x:\n- a: 1\n  b: 2\n  c: 3\n', [removal('x[0].a'), removal('x[0].b')], 'x:\n- c: 3\n'],
  ['the key behind a dash and a comment below', 'x:\n- a: 1 # c\n  # d\n  b: 2\n', [removal('x[0].a')], 'x:\n-\n  # d\n  b: 2\n'],
  ['keys behind a dash and a comment between', 'x:\n- a: 1\n  # d\n  b: 2\n  c: 3\n', [removal('x[0].a'), removal('x[0].b')], 'x:\n-\n  # d\n  c: 3\n'],
  ['keys behind a dash and a comment behind one', 'x:\n- a: 1\n  b: 2 # d\n  c: 3\n', [removal('x[0].a'), removal('x[0].b')], 'x:\n- c: 3\n'],
  ['the only key', 'a: # c\n  b: 1 # d\nc: 1\n', [removal('a.b')], 'a: {} # c\nc: 1\n'],
  ['the only key for another', 'a:\n  b: 1\n', [removal('a.b'), set('a.c', 2)], 'a:\n  c: 2\n'],
  ['the only item', 'a:\n  - b # c\nd: 1\n', [removal('a[0]')], 'a: []\nd: 1\n'],
  ['items with dashes', 'a:\n  - b: 1\n    c: 2\n  # d\n  - d\n  - e\n', [removal('a[0]'), removal('a[2]')], 'a:\n  # d\n  - d\n'],
  ['items in brackets', 'a: [b, c, d, e]\n', [removal('a[0]'), removal('a[1]'), removal('a[3]')], 'a: [d]\n'],
  ['items in brackets with comments', 'a: [\n  b, # b\n  c # c\n]\n', [removal('a[1]')], 'a: [\n  b # b\n   # c\n]\n'],
  ['keys in braces', 'a: {b: 1, c: 2, }\n', [removal('a.c')], 'a: {b: 1, }\n'],
  ['several edits in one line', 'a: {b: [x, y], c: {}, d: 1}\n', [removal('a.b[0]'), set('a.c.e', 1), removal('a.d'), set('a.f', 2)], 'a: {b: [y], c: {e: 1}, f: 2}\n'],
  ['JSON on one line', '{"a":{"b":[]},"c":1}', [set('a.b', ['x']), set('a.d.e', true), removal('c')], '{"a":{"b":["x"],"d":{"e":true}}}'],
  ['JSON on lines', '{\n\t"a": {},\n\t"b": [\n\t\t1,\n\t\t2\n\t]\n}\n', [set('a.c', ['x']), removal('b[1]')], '{\n\t"a": {\n\t\t"c": [\n\t\t\t"x"\n\t\t]\n\t},\n\t"b": [\n\t\t1\n\t]\n}\n'],
  ['a key like __proto__', 'a: {}\n', [set('a.__proto__.b', 1)], 'a:\n  __proto__:\n    b: 1\n'],
]; // prettier-ignore

test.each(edits)('edits: %s', (_name, before, cures, after) => {
  for (const [text, wanted] of [
    [before, after],
    [before.replaceAll('\n', '\r\n'), after.replaceAll('\n', '\r\n')],
    ...(before.startsWith('{')
      ? []
      : [[`\uFEFF${before}`, `\uFEFF${after}`] as const, [`# first\n---\n${before}`, `# first\n---\n${after}`] as const]),
  ] as const) {
    const { text: edited, left } = edit(text, cures);
    expect(left).toEqual([]);
    expect(edited).toBe(wanted);
    expect(
      edit(
        edited,
        cures.filter(({ cure }) => cure !== null && 'set' in cure),
      ).text,
    ).toBe(edited);
  }
});

const uneditable: [name: string, text: string, cures: Curing[], why: string][] = [
  ['what a merge key brings in cannot go', 'a: &x {b: 1}\nc: {<<: *x}\n', [removal('c.b')], 'b comes from a merge key (<<)'],
  ['a merge key below would win', 'a: &x {b: 1}\nc:\n  b: 2\n  <<: *x\n', [set('c.b', 3)], 'a merge key (<<) stands below b'],
  ['nothing would be left', 'a: 1\n', [removal('a')], 'nothing would be left'],
  ['a pair without braces', 'a: [b: 1]\n', [set('a[0].b', 2)], 'a list in brackets holds a pair without braces'],
]; // prettier-ignore

test.each(uneditable)('is left alone: %s', (_name, text, cures, why) => {
  expect(edit(text, cures)).toEqual({ text, left: [{ path: cures[0]?.path, why }] });
});

test('a cure that cannot be carried out keeps no other from it', () => {
  const { text, left } = edit('a: &x {b: 1}\nc: {<<: *x}\nd: 1\n', [set('d', 2), removal('c.b'), set('e', 3)]);
  expect(text).toBe('a: &x {b: 1}\nc: {<<: *x}\nd: 2\ne: 3\n');
  expect(left.map(({ path }) => path)).toEqual(['c.b']);
});

const name = fc.constantFrom('a', 'b', 'c', 'on', 'x y', 'securityContext', 'd.e/f');
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>('x', 'two words', 'ALL', 1, true, null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const wanted = fc.constantFrom<Json>(false, 'RuntimeDefault', ['ALL'], { type: 'RuntimeDefault' }, 7, null, { a: { b: ['q', { c: 1 }] } }, [], {}); // prettier-ignore
const kinds = fc.constantFrom('remove', 'set', 'add', 'add', 'add');
const cureChoices = fc.array(fc.record({ at: fc.nat(), kind: kinds, value: wanted, below: fc.array(name, { maxLength: 2 }) }), { minLength: 1, maxLength: 4 }); // prettier-ignore

test('whatever the layout, an edited document is the cured object, and nothing else has changed', () => {
  let curedInPlace = 0;
  const property = fc.property(
    fc.dictionary(name, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
    cureChoices,
    fc.constantFrom('json', 'yaml', 'own', 'own'),
    (rest, numbers, choices, writer) => {
      const object: JsonObject = { kind: 'Pod', ...rest };
      const text = write(object, numbers, writer);
      const document = readDocuments(text)[0] as YamlDocument;
      expect(document.value).toEqual(object);
      const cures = curesFor(object, choices);
      const { edits: made, left } = editDocument(text, document, cures);
      expect(left).toEqual([]);
      const edited = applyEdits(text, made);
      expect(readDocuments(edited)).toMatchObject([{ value: applyCures(object, cures) }]);
      expect(made.every(({ start, end }, index) => start <= end && start >= (made[index - 1]?.end ?? 0))).toBe(true);
      const sets = cures.filter(({ cure }) => cure !== null && 'set' in cure);
      expect(sets.length < cures.length || edit(edited, sets).text === edited).toBe(true);
      if (edited !== text) curedInPlace++;
    },
  );
  fc.assert(property, { numRuns: 1500 });
  expect(curedInPlace).toBeGreaterThan(1000);
});

function write(object: JsonObject, numbers: readonly number[], writer: string): string {
  let at = 0;
  const pick = (count: number): number => (numbers[at++ % numbers.length] ?? 0) % count;
  if (writer === 'own') return layOut(object, pick);
  if (writer === 'json') return JSON.stringify(object, null, [0, 1, 2, 4, '\t'][pick(5)]);
  const collectionStyle = (['any', 'flow'] as const)[pick(2)] ?? 'any';
  return stringify(object, {
    indentSeq: pick(2) === 0,
    indent: 2 + pick(3),
    collectionStyle,
    lineWidth: [0, 20, 80][pick(3)] ?? 0,
    version: '1.1',
  });
}

/** No cure stands inside another's place. */
function curesFor(object: Json, choices: readonly { at: number; kind: string; value: Json; below: string[] }[]): Curing[] {
  const places = placesIn(object).slice(1);
  const cures = choices.map(({ at, kind, value, below }) => {
    const place = places[at % places.length] ?? [];
    if (kind === 'remove') return removal(formatPath(place));
    return set(formatPath(kind === 'set' ? place : [...place, ...below]), value);
  });
  return cures.filter(
    ({ path }, index) => !cures.slice(0, index).some((other) => path.startsWith(other.path) || other.path.startsWith(path)),
  );
}

function placesIn(value: Json, place: Step[] = []): Step[][] {
  const inside: [Step, Json][] = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value).map(([key, item]) => [key, item ?? null]) : []; // prettier-ignore
  return [...(place.length === 0 ? [] : [place]), ...inside.flatMap(([step, item]) => placesIn(item, [...place, step]))];
}

function edit(text: string, cures: readonly Curing[]): { text: string; left: readonly { path: string; why: string }[] } {
  const document = readDocuments(text).at(-1);
  if (document === undefined || 'error' in document) throw new Error('not readable');
  const { edits: made, left } = editDocument(text, document, cures);
  return { text: applyEdits(text, made), left };
}

// ---- the diff

test('a diff leads from one text to the other', () => {
  const line = fc.constantFrom('a\n', 'b\n', 'c\n', '  d\r\n');
  const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', 'end')).map(([lines, end]) => lines.join('') + end);
  fc.assert(fc.property(text, text, (before, after) => expect(patched(before, unifiedDiff('f', before, after))).toBe(after)));
  expect(unifiedDiff('f', 'a\n', 'a\n')).toBe('');
});

/** Applies a diff as `patch` does, and checks what it takes away. */
function patched(before: string, diff: string): string {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  for (const hunk of diff.split(/^(?=@@)/m).slice(1)) {
    const [header, start, count] = /^@@ -(\d+),(\d+) [^\n]*\n/.exec(hunk) ?? ['', '0', '0'];
    const first = Number(count) === 0 ? Number(start) : Number(start) - 1;
    result.push(...lines.slice(at, first));
    at = first;
    for (const marked of hunk
      .slice(header.length)
      .replaceAll('\n\\ No newline at end of file\n', '\0')
      .match(/[ +-][^\n\0]*[\n\0]/g) ?? []) {
      const line = marked.slice(1).replace('\0', '');
      if (!marked.startsWith('+') && lines[at++] !== line)
        throw new Error(`the diff takes away ${JSON.stringify(line)}, which is not there`);
      if (!marked.startsWith('-')) result.push(line);
    }
  }
  return [...result, ...lines.slice(at)].join('');
}

// ---- the command

test.each(readdirSync(goldens).filter((file) => /\.(yaml|json)$/.test(file)))('%s is cured in place', async (file) => {
  cpSync(join(goldens, file), join(cwd, file));
  const flags = file.startsWith('review') ? ['--include', 'review'] : [];
  const before = contents(file);
  const dry = await fix(['--dry-run', ...flags, file]);
  expectGolden(`fix/${file}`, ['sallyport fix --dry-run', ...flags, file].join(' '), dry.stdout);
  expect(contents(file)).toBe(before);

  const wet = await fix([...flags, file]);
  const after = contents(file);
  expect(after).toBe(patched(before, dry.stdout));
  expect(wet.code).toBe(dry.code);
  const again = await fix([...flags, file]);
  expect(again).toMatchObject({ code: wet.code, stdout: expect.stringMatching(/^0 findings cured in 0 files/m) });
  expect(contents(file)).toBe(after);
  expect((await curable(file)).filter((cure) => cure === 'safe' || flags.length > 0)).toEqual([]);
  expect(wet.code).toBe((await scan([file])).code);
});

test('a text that ends its document does not reach into the next', () => {
  for (const mark of ['|', '|-', '|+', '>', '>-']) {
    const [first, second] = [`a: x\nb:\n- c: ${mark}\n    x\n`, '---\nd: 1\n'];
    const [document] = readDocuments(first + second);
    if (document === undefined || 'error' in document) throw new Error('not readable');
    const { edits: made } = editDocument(first + second, document, [set('b[0].e', 1)]);
    expect(applyEdits(first + second, made)).toBe(`${first}  e: 1\n${second}`);
  }
});

const bare = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n';
const safe = `${bare}    securityContext:\n      allowPrivilegeEscalation: false\n      capabilities:\n        drop: [ALL]\n      seccompProfile:\n        type: RuntimeDefault\n`;
const cured = safe.replace('      seccompProfile', '      runAsNonRoot: true\n      seccompProfile');

test('random pods in random layouts have no safe cure left', async () => {
  const context = fc.record({ privileged: fc.boolean(), allowPrivilegeEscalation: fc.boolean(), capabilities: fc.constantFrom(null, {}, { drop: ['NET_RAW'] }, { add: ['SYS_TIME'] }), seccompProfile: fc.constantFrom(null, { type: 'Unconfined' }) }, { requiredKeys: [] }); // prettier-ignore
  const container = fc.record({ name: fc.constantFrom('a', 'b'), securityContext: fc.option(context) }, { requiredKeys: ['name'] });
  const spec = fc.record({ containers: fc.array(container, { minLength: 1, maxLength: 3 }), initContainers: fc.array(container, { maxLength: 2 }), securityContext: fc.option(fc.constant({ runAsNonRoot: true })) }, { requiredKeys: ['containers'] }); // prettier-ignore
  const pod = spec.map((made) => plainJson({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: made }));
  const texts = fc.array(fc.tuple(pod, fc.array(fc.nat(), { minLength: 40, maxLength: 40 })), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(texts, async (pods) => {
      const parts = pods.map(([object, numbers]) => write(object, numbers, 'own').replace(/^\uFEFF?(?:---\n)?/, '').replaceAll('\r\n', '\n')); // prettier-ignore
      const text = parts.map((part) => part.replace(/\n*$/, '\n')).join('---\n');
      writeFileSync(join(cwd, 'pods.yaml'), text);
      const { code } = await fix(['pods.yaml']);
      expect(code).toBeLessThan(2);
      const { left, cures } = await leftIn('pods.yaml');
      expect(left).toBe(pods.length);
      expect(cures).not.toContain('safe');
    }),
    { numRuns: 60 },
  );
});

test('standard input is cured to standard output, and the report stands beside it', async () => {
  expect(await fix(['-'], { stdin: bare })).toMatchObject({ code: 1, stdout: safe, stderr: expect.stringContaining('-:7:5') });
  expect(await fix(['-', '--include', 'review'], { stdin: bare })).toMatchObject({ code: 0, stdout: cured });
  expect(await fix(['-'], { stdin: cured })).toMatchObject({ code: 0, stdout: cured });
  expect(await fix(['-'], { stdin: 'apiVersion: [' })).toMatchObject({ code: 2, stdout: '' });
});

test('a mode that denies nothing leaves nothing that is denied', async () => {
  expect(await fix(['-', '--mode', 'Warn'], { stdin: bare })).toMatchObject({ code: 0, stdout: safe });
  expect(await fix(['-', '--mode', 'Off'], { stdin: bare })).toMatchObject({ code: 0, stdout: bare });
  expect(await fix(['-', '--only', 'restricted/seccompProfile_restricted'], { stdin: bare })).toMatchObject({ code: 0 });
});

test('what the API server would refuse beside a fault that stays is not set', async () => {
  const privileged = bare.replace('name: a\n', 'name: a\n    securityContext: {privileged: true}\n');
  const some = await fix(['-', '--include', 'review', '--skip', 'privileged'], { stdin: privileged });
  expect(some.stdout).toContain('privileged: true');
  expect(some.stdout).not.toContain('allowPrivilegeEscalation');
  expect(some.stderr).toContain(
    'left: the API server refuses it while the container is privileged or adds CAP_SYS_ADMIN; to do it by hand',
  );
  const all = await fix(['-', '--include', 'review'], { stdin: privileged });
  expect([all.code, all.stdout]).toEqual([0, expect.stringMatching(/privileged: false.*allowPrivilegeEscalation: false/)]);
});

test('what a rule wants otherwise than another is left to a human', async () => {
  writeFileSync(join(cwd, 'policy.yaml'), guardrailsThatDisagree);
  const { code, stdout, stderr } = await fix(['-', '--policies', 'policy.yaml'], { stdin: bare });
  expect({ code, stdout }).toEqual({ code: 1, stdout: bare });
  expect(stderr).toContain('its rules want different values here');
});

const guardrailsThatDisagree = ['KILL', 'MKNOD']
  .map(
    (capability) =>
      `apiVersion: sallyport.dev/v1alpha1\nkind: Guardrail\nmetadata: {name: no-${capability.toLowerCase()}}\nspec: {title: No ${capability}, mode: Enforce, rules: [{check: capabilities, with: {drop: [${capability}]}}]}\n`,
  ) // prettier-ignore
  .join('---\n');

describe('files', () => {
  test('mode and link stay', async () => {
    writeFileSync(join(cwd, 'real.yaml'), bare);
    chmodSync(join(cwd, 'real.yaml'), 0o660);
    symlinkSync('real.yaml', join(cwd, 'link.yaml'));
    expect(await fix(['link.yaml'])).toMatchObject({ code: 1 });
    expect(lstatSync(join(cwd, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(statSync(join(cwd, 'real.yaml')).mode & 0o777).toBe(0o660);
    expect(contents('real.yaml')).toBe(safe);
    expect(readdirSync(cwd).toSorted()).toEqual(['link.yaml', 'real.yaml']);
  });

  test('one that cannot be written stays as it was, and the others are cured', async () => {
    for (const file of ['a.yaml', 'b.yaml']) writeFileSync(join(cwd, file), bare);
    chmodSync(join(cwd, 'a.yaml'), 0o444);
    expect(await fix(['.'])).toMatchObject({ code: 2, stdout: expect.stringContaining('error: a.yaml:1:1: the file is read-only') });
    expect([contents('a.yaml'), contents('b.yaml')]).toEqual([bare, safe]);
  });

  test('one with a document that cannot be read is left alone', async () => {
    const broken = `${bare}---\na: [\n`;
    writeFileSync(join(cwd, 'a.yaml'), broken);
    expect(await fix(['a.yaml'])).toMatchObject({ code: 2, stdout: expect.stringMatching(/^error: a\.yaml:9:1: .*\n.*8 \| a: \[\n/) });
    expect(contents('a.yaml')).toBe(broken);
  });

  test('nothing is edited in charts, nor where nothing is found', async () => {
    mkdirSync(join(cwd, 'chart/templates'), { recursive: true });
    writeFileSync(join(cwd, 'chart/Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 0.1.0\n');
    writeFileSync(join(cwd, 'chart/templates/pod.yaml'), bare);
    writeFileSync(join(cwd, 'pod.yaml'), bare);
    for (const path of ['chart/templates/pod.yaml', 'nothing.yaml', 'chart/Chart.yaml']) expect((await fix([path])).code).toBe(2);
    expect(await fix(['chart', '--helm', 'no-such-helm'])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('no-such-helm is not'),
    });
    expect((await fix(['.'])).code).toBe(1);
    expect([contents('chart/templates/pod.yaml'), contents('pod.yaml')]).toEqual([bare, safe]);
  });
});

describe('what is in force for a scan is in force here', () => {
  const privileged = `${bare}    securityContext: {privileged: true}\n`.replace('{name: a}', '{name: a, namespace: shop}');
  const guardrail = `apiVersion: sallyport.dev/v1alpha1
kind: Guardrail
metadata: {name: least}
spec:
  title: Least privilege
  mode: "Off"
  schedule: [{from: "2025-01-01T00:00:00Z", mode: Enforce, namespaceSelector: {matchLabels: {tier: prod}}}]
  exceptions: {namespaces: [shop]}
  rules: [{check: privileged}]
`;
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {tier: prod}}\n';
  const exception =
    'apiVersion: sallyport.dev/v1alpha1\nkind: GuardrailException\nmetadata: {name: e, namespace: shop}\nspec: {guardrail: least, rules: [privileged], match: {all: true}, reason: r, owner: o, expiresAt: "2026-02-01T00:00:00Z"}\n';
  const allowed = privileged.replace(/\n$/, ' # sallyport: allow privileged until 2026-03-01 -- node agent\n');

  test.each<[string, Record<string, string>, string[], number]>([
    ['a namespace of another file', { 'a.yaml': privileged, 'b.yaml': namespace }, [], 1],
    ['a namespace of which nothing is known', { 'a.yaml': privileged }, [], 2],
    ['labels by a flag', { 'a.yaml': privileged }, ['--namespace-labels', 'tier=prod'], 1],
    ['other labels by a flag', { 'a.yaml': privileged }, ['--namespace-labels', 'tier=dev'], 0],
    ['an exception of another file', { 'a.yaml': privileged, 'b.yaml': namespace, 'c.yaml': exception }, [], 0],
    ['an exception by a flag', { 'a.yaml': privileged, 'b.yaml': namespace, 'e/c.yaml': exception }, ['--exceptions', 'e', 'a.yaml', 'b.yaml'], 0],
    ['an exception at another time', { 'a.yaml': privileged, 'b.yaml': namespace, 'c.yaml': exception }, ['--now', '2026-02-02T00:00:00Z'], 1],
    ['an exception that holds longer than a flag allows', { 'a.yaml': privileged, 'b.yaml': namespace, 'c.yaml': exception }, ['--max-exception-days', '3'], 2],
    ['a comment', { 'a.yaml': allowed, 'b.yaml': namespace }, [], 0],
    ['no comments', { 'a.yaml': allowed, 'b.yaml': namespace }, ['--no-inline'], 1],
  ])('%s', async (_name, files, flags, code) => {
    mkdirSync(join(cwd, 'e'));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, file), text);
    writeFileSync(join(cwd, 'policy.yml'), guardrail);
    const paths = flags.includes('a.yaml') ? [] : Object.keys(files);
    const argv = ['--policies', 'policy.yml', ...flags, ...paths, '--no-config'];
    expect((await scan(argv)).code).toBe(code);
    const dry = await fix([...argv, '--dry-run', '--include', 'review']);
    expect([dry.code, dry.stdout !== '']).toEqual([code === 2 ? 2 : 0, code === 1]);
  }); // prettier-ignore
});

const shop = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{name: queue, version: 0.1.0}]\n',
  'values.yaml': 'podSecurityContext: {}\n# of the container\nsecurityContext:\n  capabilities:\n    add: [KILL, CHOWN]\nprivileged: true\nvolumes:\n- {name: etc, hostPath: {path: /etc}}\nqueue:\n  debug: true\n',
  'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }}-web }
spec:
  template:
    spec:
      {{- with .Values.podSecurityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
      - name: web
        {{- with .Values.securityContext }}
        securityContext:
          {{- toYaml . | nindent 10 }}
        {{- end }}
      - name: agent
        securityContext:
          privileged: {{ .Values.privileged | default false }}
      volumes: {{- toYaml .Values.volumes | nindent 6 }}
`,
  'templates/plain.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: plain }\nspec:\n  hostNetwork: true\n  containers:\n  - { name: plain }\n',
  'charts/queue/Chart.yaml': 'apiVersion: v2\nname: queue\nversion: 0.1.0\n',
  'charts/queue/values.yaml': 'debug: false\n',
  'charts/queue/templates/pod.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: queue }\nspec:\n  hostPID: {{ .Values.debug }}\n  hostIPC: {{ $.Values.global.debug }}\n  containers:\n  - { name: queue }\n',
}; // prettier-ignore

const assets = process.env['KUBEBUILDER_ASSETS'];
const path = [...(assets === undefined ? [] : [resolve(assets)]), process.env['PATH'] ?? ''].join(delimiter);
const hasHelm = path.split(delimiter).some((folder) => existsSync(join(folder, 'helm')));
if (!hasHelm) process.stderr.write('fixing of charts passed over: helm is neither on the PATH nor in KUBEBUILDER_ASSETS\n');
const describeHelm = hasHelm ? describe : describe.skip;

describeHelm('a chart', () => {
  test('is not edited: which template, and which value, is told', async () => {
    for (const [name, text] of Object.entries(shop)) {
      mkdirSync(join(cwd, 'shop', dirname(name)), { recursive: true });
      writeFileSync(join(cwd, 'shop', name), text);
    }
    writeFileSync(join(cwd, 'prod.yaml'), 'privileged: true\nglobal: {debug: true}\n');
    const argv = ['shop', '--values', 'prod.yaml', '--pod-security', 'restricted'];
    const told = await ran(runFix, argv, { env: { PATH: path } });
    expect(told.code).toBe(1);
    expectGolden('fix/chart', ['sallyport fix', ...argv].join(' '), told.stdout);
    for (const [name, text] of Object.entries(shop)) expect(contents(join('shop', name))).toBe(text);
    execFileSync('tar', ['-czf', join(cwd, 'shop.tgz'), '-C', cwd, 'shop']);
    const packed = await ran(runFix, ['shop.tgz', ...argv.slice(1)], { env: { PATH: path } });
    expect(packed.stdout).toBe(told.stdout.replaceAll(/(?<=^|\()shop\//gm, 'shop.tgz/'));
    const nothing = await ran(runFix, [...argv.slice(0, 3), '--pod-security', 'privileged'], { env: { PATH: path } });
    expect(nothing).toMatchObject({ code: 0, stdout: '0 findings cured in 0 files; 0 left\n' });
  });
});

const template = (index: number): string =>
  `${bare.replace('name: a}', `name: a${index}}`)}    securityContext: {{ .Values.context${index} }}\n`;

test('a chart is rendered again so many times at the most, and what was not tried is not ruled out', () => {
  const inputs = Array.from({ length: 30 }, (_, index): Input => {
    const text = template(index).replace(/\{\{.*\}\}/, '{privileged: true}');
    return { file: `c/templates/${index}.yaml`, text, rendered: { source: template(index), place: templatePlaces(template(index), text) } };
  });
  const { set: guardrails } = policySet({ 'pod-security': 'baseline' }, { cwd, root, now: () => new Date(0) });
  let rendered = 0;
  const chart = { file: 'c', values: [], render: () => (rendered++, null) };
  const { left } = fixChart(inputs, chart, { set: guardrails, namespace: 'default' });
  expect([left.length, rendered]).toEqual([30, 24]);
  expect(left.map(({ toDo }) => toDo?.startsWith('in the template, or in a value that it reads, set'))).toEqual([...Array<boolean>(24).fill(false), ...Array<boolean>(6).fill(true)]); // prettier-ignore
});

test.each<[string, string, string[]]>([
  ['a value behind its key', 'a: {{ .Values.b.c }}', ['b.c a 1']],
  ['in quotes, with more around it', 'image: "{{ .Values.image.repository }}:{{ $.Values.image.tag | default .Chart.AppVersion }}"', ['image.repository image 1', 'image.tag image 1']],
  ['a block below its key', 'a: # why\n  {{- toYaml .Values.b | nindent 2 }}', ['b a 2']],
  ['through with', '{{ with .Values.b }}\na:\n  {{ toYaml . }}\nc: {{ .d.e }}\n{{ end }}', ['b a 3', 'b.d.e c 4']],
  ['an else, and what comes after', '{{ if .Values.b }}\n{{ with $.Values.c }}\na: {{ . }}\n{{ else }}\n{{ end }}{{ end }}\nd: {{ .e }}', ['c a 3']],
  ['not inside a range', '{{ range .Values.b }}\n- a: {{ .c }}\n  d: {{ $.Values.e }}\n{{ end }}', ['e d 3']],
  ['as an argument', 'a: {{ include "x" (dict "b" .Values.b) }}\n  {{- omit .Values.c "enabled" | toYaml | nindent 2 }}', ['b a 1']],
  ['without a key', '{{ .Values.b }}', []],
  ['not in a line that is made to be slow', `a:${' '.repeat(200_000)}{{${' '.repeat(200_000)}`, []],
])('values that a template reads: %s', (_name, template, wanted) => {
  expect(valuesReferences(template).map(({ key, field, line }) => `${key.join('.')} ${field} ${line}`)).toEqual(wanted);
}); // prettier-ignore

describe('--interactive', () => {
  test.each<[string, (string | null)[], string]>([
    ['yes and no', ['y', 'n', 'what?', 'no'], `${bare}    securityContext:\n      allowPrivilegeEscalation: false\n`],
    ['all of the rest', ['n', 'all'], safe.replace('      allowPrivilegeEscalation: false\n', '')],
    ['none of the rest', ['yes', 'q'], `${bare}    securityContext:\n      allowPrivilegeEscalation: false\n`],
    ['the end of the input', [null], bare],
  ])('%s', async (_name, answers, after) => {
    writeFileSync(join(cwd, 'a.yaml'), bare);
    const asked: string[] = [];
    const ask = async (question: string): Promise<string | null> => (asked.push(question), answers[asked.length - 1] ?? null);
    expect((await fix(['a.yaml', '--interactive'], { ask })).code).toBe(1);
    expect(contents('a.yaml')).toBe(after);
    expect(asked).toHaveLength(answers.length);
    expect(asked[0]).toContain('a.yaml:6:5  Pod default/a\n');
    expect(asked[0]).toContain('+      allowPrivilegeEscalation: false\n');
  });

  test('needs a terminal, and a file', async () => {
    writeFileSync(join(cwd, 'a.yaml'), bare);
    expect(await fix(['a.yaml', '-i'])).toMatchObject({ code: 2, stderr: expect.stringContaining('needs a terminal') });
    expect(await fix(['-', '-i'], { ask: async () => 'y' })).toMatchObject({ code: 2, stderr: expect.stringContaining('name the file') });
    expect(await fix(['a.yaml', '--include', 'reviews'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean review?'),
    });
  });
});

const plainJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;
const contents = (file: string): string => readFileSync(join(cwd, file), 'utf8');

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const fix = (argv: string[], given?: Given): Promise<Ran> => ran(runFix, argv, given);
const scan = (argv: string[]): Promise<Ran> => ran(runScan, argv);

interface Given {
  readonly stdin?: string;
  readonly ask?: Io['ask'];
  readonly env?: Io['env'];
}

async function ran(command: typeof runFix, argv: string[], { stdin = '', ask, env = {} }: Given = {}): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  const io: Io = {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    stdin: async () => Buffer.from(stdin),
    ...(ask && { ask }),
    cwd,
    env,
    now: () => new Date('2026-01-01T00:00:00Z'),
    root,
    version: '0.0.0',
    termination: () => new AbortController().signal,
  };
  const code = await command([...argv, '--no-config'], io);
  return { code, stdout, stderr };
}

/** Objects in a file, and the classes of the cures that a scan still names. */
async function leftIn(file: string): Promise<{ left: number; cures: string[] }> {
  const { results } = JSON.parse((await scan([file, '--format', 'json'])).stdout) as { results: { findings: { cure: { class: string } | null }[] }[] }; // prettier-ignore
  return {
    left: results.length,
    cures: results.flatMap(({ findings }) => findings.flatMap(({ cure }) => (cure === null ? [] : [cure.class]))),
  };
}

const curable = async (file: string): Promise<string[]> => (await leftIn(file)).cures;

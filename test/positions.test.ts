import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { formatPath, parsePath } from '../src/kube/field-path.ts';
import type { Step } from '../src/kube/field-path.ts';
import type { Json } from '../src/kube/json.ts';
import { locate, locator } from '../src/yaml/locate.ts';
import { positions } from '../src/yaml/position.ts';
import { readDocuments } from '../src/yaml/read.ts';
import type { YamlDocument } from '../src/yaml/read.ts';

const file = `# a Pod
---
apiVersion: v1 # comment
metadata:
  annotations: {"container.apparmor.security.beta.kubernetes.io/c": x, 'b': y}
spec:
  containers:
  - name: a
    securityContext: &sc
      privileged: true
      capabilities: {add: [ NET_ADMIN,
 SYS_TIME
  ]}
  -   &n
      name: b
      securityContext: *sc
  - *n
  - <<: *n
    image: x
  - |
    text
  - "q"
  -
`;

const pathRows: [path: string, line: number, text: string][] = [
  ['', 3, 'apiVersion: v1 # comment'],
  ['metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]', 5, '"container.apparmor'],
  ['metadata.annotations.b', 5, "'b': y"],
  ['spec.containers[0]', 8, 'name: a'],
  ['spec.containers[0].securityContext.capabilities.add[1]', 12, 'SYS_TIME'],
  ['spec.containers[1]', 15, 'name: b'],
  ['spec.containers[1].securityContext', 16, 'securityContext: *sc'],
  ['spec.containers[1].securityContext.privileged', 10, 'privileged: true'],
  ['spec.containers[2]', 17, '*n'],
  ['spec.containers[2].name', 15, 'name: b'],
  ['spec.containers[3].name', 15, 'name: b'],
  ['spec.containers[3].image', 19, 'image: x'],
  ['spec.containers[3].securityContext.capabilities.drop', 11, 'capabilities: {'],
  ['spec.containers[0].image', 8, 'name: a'],
  ['spec.containers[4]', 20, '|'],
  ['spec.containers[5]', 22, '"q"'],
  ['spec.containers[9].image', 7, 'containers:'],
  ['spec.nope.nope', 6, 'spec:'],
];

test.each(pathRows)('%s is found', (path, line, text) => {
  for (const [source, shift] of [
    [file, 0],
    [file.replaceAll('\n', '\r\n'), 0],
    [`\uFEFF${file}`, 0],
    [`a: 1\n---\n${file}`, 2],
  ] as const) {
    const found = locate(source, documents(source).at(-1)!, path);
    expect({ ...found, text: textAt(source, found).slice(0, text.length) }).toEqual({
      line: line + shift,
      column: expect.any(Number),
      text,
    });
  }
});

test('the last of equal keys is the one in force', () => {
  const text = 'a: 1\nb: {<<: {c: 1}, c: 2}\na: 3\nd: {c: 1, <<: {c: 2}}\n';
  const at = locator(text, documents(text)[0]!);
  expect([at('a'), at('b.c'), at('d.c')].map(({ line, column }) => [line, column])).toEqual([
    [3, 1],
    [2, 17],
    [4, 16],
  ]);
});

const steps = fc.array(fc.oneof(fc.nat(99), fc.stringMatching(/^[A-Za-z0-9_-]+$/), fc.stringMatching(/^[a-z0-9]+[./][a-z0-9./]*$/)), {
  minLength: 1,
});

test('a field path is read as it was written', () => {
  fc.assert(fc.property(steps, (path) => expect(parsePath(formatPath(path))).toEqual(path)));
});

const key = fc.stringMatching(/^[a-z][A-Za-z0-9_./-]{0,8}$/);
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>('x', 1, true, null),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 3 }),
  ),
}));

test('every place that is found begins with the very key or item', () => {
  fc.assert(
    fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 }), fc.constantFrom(0, 2, 3), (object, indent) => {
      for (const text of [JSON.stringify(object, null, indent), `# c\n---\n${JSON.stringify(object, null, indent)}\n`]) {
        const at = locator(text, documents(text)[0]!);
        for (const [path, value] of leaves(object)) {
          const last = path.at(-1);
          const begins = typeof last === 'string' ? JSON.stringify(last) : JSON.stringify(value)[0];
          expect(textAt(text, at(formatPath(path))).startsWith(begins ?? '')).toBe(true);
        }
      }
    }),
  );
});

function documents(text: string): YamlDocument[] {
  return readDocuments(text).filter((document) => 'value' in document);
}

function textAt(text: string, { line, column }: { line: number; column: number }): string {
  return (text.replace(/^\uFEFF/, '').split('\n')[line - 1] ?? '').slice(column - 1);
}

function leaves(value: Json, path: Step[] = []): [Step[], Json][] {
  const here: [Step[], Json][] = path.length === 0 ? [] : [[path, value]];
  if (value === null || typeof value !== 'object') return here;
  const inside: [Step, Json | undefined][] = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  return [...here, ...inside.flatMap(([step, item]) => leaves(item ?? null, [...path, step]))];
}

test('places in a list or a file of ten thousand objects are found at once, in any order', () => {
  const count = 10_000;
  const started = performance.now();
  const list = `items:\n${'- a:\n    b: 1\n    c: 2\n'.repeat(count)}`;
  const [document] = readDocuments(list) as [YamlDocument];
  const find = locator(list, document);
  const places = Array.from({ length: count }, (_, index) => [
    find(`items[${index}].a.c`).line,
    find(`items[${count - 1 - index}].a.b`).line,
  ]);
  expect(places).toEqual(Array.from({ length: count }, (_, index) => [3 * index + 4, 3 * (count - 1 - index) + 3]));

  const file = 'a: 1\nb: 2\n---\n'.repeat(count);
  const position = positions(file);
  const lines = readDocuments(file).map((each) => locator(file, each as YamlDocument, position)('b').line);
  expect(lines).toEqual(Array.from({ length: count }, (_, index) => 3 * index + 2));
  // A minute and more where each is looked for from the start.
  expect(performance.now() - started).toBeLessThan(10_000);
});

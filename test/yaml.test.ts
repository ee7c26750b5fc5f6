import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Json, JsonObject } from '../src/kube/json.ts';
import { readDocuments } from '../src/yaml/read.ts';
import type { UnreadDocument, YamlDocument } from '../src/yaml/read.ts';
import type { YamlErrorCode } from '../src/yaml/yaml-error.ts';
import { cases } from './yaml/cases.ts';
import { readOurselves } from './yaml/kubectl.ts';
import type { Reading } from './yaml/kubectl.ts';

/** What kubectl 1.36.3 made of each case; test/e2e/yaml.test.ts asks it again, and writes the file with UPDATE_EXPECTED=1. */
const expected = JSON.parse(readFileSync(new URL('yaml/kubectl.json', import.meta.url), 'utf8')) as Record<string, Reading>;

test('every case has one expectation, and every expectation its case', () => {
  expect(cases.map(({ name }) => name)).toEqual(Object.keys(expected));
});

test('files are read as kubectl reads them', () => {
  const wrong = cases.filter((row) => row.differs === undefined && !isDeepStrictEqual(readOurselves(row), expected[row.name]));
  expect(wrong.map((row) => ({ name: row.name, ours: readOurselves(row), kubectl: expected[row.name] }))).toEqual([]);
  expect(cases.length).toBeGreaterThan(500);
});

test('where we differ from kubectl, one of the two refuses the file', () => {
  for (const row of cases.filter(({ differs }) => differs !== undefined)) {
    expect({ name: row.name, refused: readOurselves(row).refused }).toEqual({ name: row.name, refused: !expected[row.name]?.refused });
  }
});

const errorRows: [name: string, text: string, code: YamlErrorCode, line: number, column: number][] = [
  ['a bracket that is never closed', 'a: [b\n', 'syntax', 2, 1],
  ['a tab as indentation', 'a:\n\tb: c\n', 'syntax', 2, 1],
  ['wrong indentation in the second document', 'a: 1\n---\n# c\nb:\n   c: d\n  e: f\n', 'syntax', 6, 3],
  ['the same with Windows line ends', 'a: 1\r\n---\r\n# c\r\nb:\r\n   c: d\r\n  e: f\r\n', 'syntax', 6, 3],
  ['text behind a separator', 'a: 1\n--- b\nc: 1\n', 'separator', 2, 1],
  ['a control character', 'a: 1\nb: x\u0007y\n', 'control-character', 2, 5],
  ['half a surrogate pair in the text', 'a: "\ud83d"\n', 'control-character', 1, 5],
  ['a line separator', 'a: b\u2028c: d\n', 'line-separator', 1, 5],
  ['nesting 501 deep', `a: ${'['.repeat(500)}`, 'too-deep', 1, 503],
  ['nesting 100,000 deep', '['.repeat(100_000), 'too-deep', 1, 500],
  ['JSON nested 100,000 deep', `{"a":${'['.repeat(100_000)}`, 'too-deep', 1, 504],
  ['100,000 keys on one line', '? '.repeat(100_000), 'too-deep', 1, 1000],
  ['an alias without an anchor', 'a: 1\nb: *c\n', 'unknown-anchor', 2, 4],
  ['an alias in its own value', 'a: &a\n  b: *a\n', 'alias-loop', 2, 6],
  ['a million laughs', laughs(7), 'alias-bomb', 1, 12],
  ['a thousand million laughs', laughs(10), 'alias-bomb', 1, 12],
  ['laughs through merge keys', mergeLaughs(40), 'alias-bomb', 1, 9],
  ['a merge key on a number', 'a:\n  <<: 1\n', 'merge', 2, 7],
  ['a list as a key', 'a:\n  ? [b]\n  : c\n', 'key', 2, 5],
  ['null as a key', 'a:\n  ~: c\n', 'key', 2, 3],
  ['a tag that does not fit', 'a:\n  - !!int x\n', 'tag', 2, 5],
  ['infinity', 'a: .inf\n', 'number', 1, 4],
  ['broken JSON', '{\n  "a": 1,\n  "b": ]\n}\n', 'syntax', 3, 8],
  ['broken JSON after two objects', '{}{}\n{"a": ]}\n', 'json', 2, 1],
  ['a fault below a bracket that closes too far left', 'a: [\nb\n]\nc: *d\n', 'unknown-anchor', 4, 4],
  ['a fault behind a byte order mark', '\uFEFFa: *b\n', 'unknown-anchor', 1, 4],
];

test.each(errorRows)('%s is refused where it stands', (_name, text, code, line, column) => {
  const errors = readDocuments(text).flatMap((document) => ('error' in document ? [document.error] : []));
  expect(errors).toEqual([{ code, line, column, message: expect.stringMatching(/^[^\n]{10,200}$/) }]);
});

test('one bad document does not hide the next', () => {
  const read = readDocuments('a: [\n---\nb: 1\n---\nc: *d\n---\ne: 2\n');
  expect(read.map((document) => ('error' in document ? document.error.line : document.value))).toEqual([2, { b: 1 }, 5, { e: 2 }]);
});

const lineRows: [name: string, text: string, lines: number[]][] = [
  ['comments before the first key', '# a\n\n# b\na: 1\n', [4]],
  ['separators and empty documents', '---\n# x\n---\n\na: 1\n---\n---\n# y\nb: 2\n', [5, 9]],
  ['JSON', '\n{"a": 1}\n\n{"b": 2}\n', [2, 4]],
  ['a byte order mark and Windows line ends', '\uFEFF# x\r\na: 1\r\n---\r\nb: 2\r\n', [2, 4]],
];

test.each(lineRows)('documents begin at their first key: %s', (_name, text, lines) => {
  expect(read(text).map(({ line }) => line)).toEqual(lines);
});

test('keys named __proto__ are keys', () => {
  const [yaml, json, merged] = [
    'a: {__proto__: {polluted: 1}}',
    '{"a": {"__proto__": {"polluted": 1}}}',
    'a: {<<: {__proto__: {polluted: 1}}}',
  ].map((text) => (read(text)[0]!.value as JsonObject)['a'] as JsonObject);
  for (const value of [yaml, json, merged]) {
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value ?? {})).toEqual(['__proto__']);
  }
  expect('polluted' in {}).toBe(false);
});

test('an alias gives each place its own copy', () => {
  const value = read('a: &x {b: [1]}\nc: *x\n')[0]?.value as Record<string, Json>;
  expect(value['c']).toEqual(value['a']);
  expect(value['c']).not.toBe(value['a']);
});

const fragments = [
  'a',
  'b: ',
  ': ',
  '- ',
  '\n',
  '\n  ',
  ' ',
  '\t',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '"',
  "'",
  '|',
  '>-',
  '#',
  '&x ',
  '*x',
  '!!int ',
  '! ',
  '? ',
  '<<: ',
];
const more = [
  '---',
  '\n---\n',
  '\n...\n',
  '%',
  '1',
  'yes',
  '~',
  '{"a":1}',
  '\r\n',
  '\\',
  '\uFEFF',
  '\u2028',
  '\u0007',
  '\ud800',
  '__proto__: ',
  '{<<: [*x, {b: 1}]}',
];
const yamlish = fc.array(fc.oneof(fc.constantFrom(...fragments, ...more), fc.string()), { maxLength: 20 }).map((parts) => parts.join(''));

test('no text makes the reader throw, and every fault has a place in the text', () => {
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' })), (text) => {
      const lines = text.split('\n');
      for (const { error } of readDocuments(text).filter((document): document is UnreadDocument => 'error' in document)) {
        expect(error.column).toBeLessThanOrEqual((lines[error.line - 1] ?? '').length + 1);
      }
    }),
    { numRuns: 3000 },
  );
});

test('JSON is read as JSON.parse reads it, as JSON and as YAML', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (object) => {
      const same = JSON.parse(JSON.stringify(object)) as Json;
      expect(isDeepStrictEqual(read(JSON.stringify(object))[0]?.value, same)).toBe(true);
      expect(isDeepStrictEqual(read(`---\n${JSON.stringify(object, null, 2)}\n`)[0]?.value, same)).toBe(true);
    }),
  );
});

function read(text: string): YamlDocument[] {
  return readDocuments(text).filter((document) => 'value' in document);
}

function laughs(levels: number): string {
  return Array.from({ length: levels }, (_, level) => laugh(level)).join('');
}

function laugh(level: number): string {
  const item = level === 0 ? 'x' : `*a${level - 1}`;
  return `a${level}: &a${level} [${Array(10).fill(item).join(',')}]\n`;
}

function mergeLaughs(levels: number): string {
  const lines = Array.from({ length: levels }, (_, level) => `a${level + 1}: &a${level + 1} {<<: [*a${level}, *a${level}]}\n`);
  return `a0: &a0 {x: 1}\n${lines.join('')}`;
}

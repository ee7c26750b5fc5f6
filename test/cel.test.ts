import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import { RE2JS } from 're2js';
import { PlainPattern } from '../src/cel/library/plain-pattern.ts';
import { differences, readLines } from './cel/compare.ts';
import type { Row } from './cel/compare.ts';
import { exceptions } from './cel/exceptions.ts';
import { judging } from './cel/judged.ts';
import { bothOf } from './cel/policies.ts';
import { randomPattern, randomText } from './cel/random-pattern.ts';
import { Dice } from './cel/random.ts';

const judgedIn = judging();
const table = readLines<Row>(new URL('cel/expressions.ndjson', import.meta.url));
const random = readLines<Row>(new URL('cel/random.ndjson', import.meta.url));
const groups = Map.groupBy(table, ({ group }) => group ?? '');

test.each([...groups])('answers as the API server does: %s', (_group, rows) => {
  expect(rows.flatMap(told)).toEqual([]);
});

test('answers as the API server does: random expressions', () => {
  expect(random.flatMap(told)).toEqual([]);
});

test('decides whole policies as the API server does, with the same messages and annotations', () => {
  const rows = readLines<Parameters<typeof bothOf>[0]>(new URL('cel/policies.ndjson', import.meta.url));
  const wrong = rows.flatMap((row) => {
    const { ours, theirs } = bothOf(row);
    return isDeepStrictEqual(ours, theirs) ? [] : [{ spec: row.spec, object: row.object, ours, theirs }];
  });
  expect(wrong).toEqual([]);
});

test('what we answer otherwise on purpose still differs', () => {
  const rows = table.filter(({ expression }) => exceptions.has(expression));
  expect(new Set(rows.map(({ expression }) => expression))).toEqual(new Set(exceptions.keys()));
  expect(rows.filter((row) => differences(row, judgedIn(row)).length === 0)).toEqual([]);
});

test('a regular expression that is left to JavaScript means there what it means to RE2', () => {
  const dice = new Dice(5);
  const patterns = Array.from({ length: 20_000 }, () => randomPattern(dice, 2)).flatMap((source) => {
    const plain = PlainPattern.of(source);
    return plain === null ? [] : [{ source, plain, linear: RE2JS.compile(source) }];
  });
  expect(patterns.length).toBeGreaterThan(2_000);
  const texts = Array.from({ length: 100 }, () => randomText(dice));
  expect(
    patterns.flatMap(({ source, plain, linear }) =>
      texts.filter((text) => (plain.test(text) ?? linear.test(text)) !== linear.test(text)).map((text) => [source, text]),
    ),
  ).toEqual([]);
});

/** What differs, with the expression; nothing where nothing does. */
function told(row: Row): string[] {
  if (exceptions.has(row.expression)) return [];
  return differences(row, judgedIn(row)).map((difference) => `${row.expression}: ${difference}`);
}

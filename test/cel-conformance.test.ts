import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { compile } from '../src/cel/compile.ts';
import { compileError } from '../src/cel/render-issue.ts';
import { Meter } from '../src/cel/meter.ts';
import { typeName } from '../src/cel/type.ts';
import { isError } from '../src/cel/value.ts';
import { conformanceCases, isAsExpected } from './cel/conformance-cases.ts';
import type { Answer, Case } from './cel/conformance-cases.ts';
import { failing } from './cel/conformance-failing.ts';
import { declaredEnvironment } from './cel/declared-environment.ts';
import { typed, untyped } from './cel/typed.ts';

const { cases, left } = conformanceCases();

/** Where the API server's own CEL does not give what the suite asks for: there it is what we have to give. */
const kubernetes = new Map(
  readFileSync(new URL('cel/conformance-kubernetes.ndjson', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): [string, Answer] => {
      const { case: path, answer } = JSON.parse(line) as { case: string; answer: Answer };
      return [path, answer];
    }),
);
const conforming = cases.filter(({ path }) => !kubernetes.has(path));

test('the cases that apply, and how many do not', () => {
  expect({ cases: cases.length, kubernetesDiffers: kubernetes.size, left: Object.fromEntries(left) }).toMatchInlineSnapshot(`
   {
     "cases": 1402,
     "kubernetesDiffers": 102,
     "left": {
       "functions that only the case declares": 7,
       "messages of protocol buffers: what Kubernetes judges is JSON": 696,
       "the extensions math, encoders, bindings and block: not in the environment": 233,
       "variables of a namespace or with a dot in their name: the environment declares none": 6,
     },
   }
  `);
});

test('every case that applies is as the suite asks for it, but for those that are named', () => {
  const wrong = conforming.filter((one) => !isAsExpected(one, answerOf(one)));
  expect(wrong.map(({ path }) => path).toSorted()).toEqual(Object.keys(failing).toSorted());
  expect(wrong.length / conforming.length).toBeLessThanOrEqual(0.005);
});

test('where the API server itself answers otherwise, so do we', () => {
  const wrong = cases.flatMap((one) => {
    const theirs = kubernetes.get(one.path);
    if (theirs === undefined) return [];
    const ours = answerOf(one);
    return agrees(ours, theirs) ? [] : [{ case: one.path, expression: one.expression, ours, theirs }];
  });
  expect(wrong).toEqual([]);
});

function agrees(ours: Answer, theirs: Answer): boolean {
  if (theirs.compileError !== undefined) return ours.compileError?.includes(theirs.compileError) === true;
  if (theirs.error !== undefined) return ours.error === theirs.error;
  return isAsExpected(
    { path: '', expression: '', variables: [], expected: theirs.value, ...(theirs.type !== undefined && { type: theirs.type }) },
    ours,
  );
}

function answerOf({ expression, variables }: Case): Answer {
  const compiled = compile(expression, declaredEnvironment(variables));
  if (!compiled.ok) return { compileError: compileError(expression, compiled.issues) };
  const type = typeName(compiled.program.type);
  const bindings = Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, untyped(value)]])));
  const value = compiled.program.evaluate(bindings, new Meter(1_000_000));
  return isError(value) ? { type, error: value.message } : { type, value: typed(value) };
}

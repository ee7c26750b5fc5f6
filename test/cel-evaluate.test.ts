import { expect, test } from '@jest/globals';
import {
  assert,
  bigInt,
  constantFrom,
  double,
  integer,
  jsonValue,
  maxSafeInteger,
  oneof,
  property,
  string as anyText,
  tuple,
} from 'fast-check';
import { admissionBindings, namespaceVariable, requestVariable } from '../src/cel/admission-bindings.ts';
import { admissionEnvironment } from '../src/cel/admission-environment.ts';
import { compile } from '../src/cel/compile.ts';
import { PlainPattern } from '../src/cel/library/plain-pattern.ts';
import { LazyVariables } from '../src/cel/lazy-variables.ts';
import { Meter, pending } from '../src/cel/meter.ts';
import type { Bindings, Program } from '../src/cel/program.ts';
import { readCelJson } from '../src/cel/read-json.ts';
import { bool, dyn, int, opaque } from '../src/cel/type.ts';
import type { Type } from '../src/cel/type.ts';
import { CelError, Double, fromJson, isError } from '../src/cel/value.ts';
import type { Value } from '../src/cel/value.ts';
import type { JsonObject } from '../src/kube/json.ts';
import { parseValues } from './cel/exact-json.ts';
import { allFunctions } from './cel/judged.ts';
import { Dice, randomRow } from './cel/random.ts';

const PER_CALL = 1_000_000;

function program(expression: string, variables: ReadonlyMap<string, Type> = new Map()): Program {
  const compiled = compile(expression, admissionEnvironment(allFunctions, { params: true, authorizer: true, variables }));
  if (!compiled.ok) throw new Error(`${expression}: ${compiled.issues[0]?.message}`);
  return compiled.program;
}

function evaluate(expression: string, bindings: Bindings = {}, meter = new Meter(PER_CALL)): Value {
  return program(expression).evaluate({ object: null, oldObject: null, ...bindings }, meter);
}

const isSpent = (value: Value): boolean => isError(value) && value.code === 'Spent';

test('evaluation never throws, whatever the expression, its variables and its budget are', () => {
  let evaluated = 0;
  assert(
    property(integer(), jsonValue(), integer({ min: 0, max: 200 }), (seed, object, limit) => {
      const { expression } = randomRow(new Dice(seed), 4);
      const compiled = compile(expression, admissionEnvironment(allFunctions, { params: true, authorizer: true, variables: new Map() }));
      if (!compiled.ok) return;
      evaluated++;
      for (const meter of [new Meter(PER_CALL), new Meter(limit)]) {
        const value = compiled.program.evaluate({ object, oldObject: null, request: {} }, meter);
        expect(isError(value) && value.message.startsWith('internal error')).toBe(false);
        expect(value).toBeDefined();
      }
    }),
    { numRuns: 500 },
  );
  expect(evaluated).toBeGreaterThan(200);
});

test('the same expression gives the same value and cost each time', () => {
  assert(
    property(integer(), jsonValue(), (seed, object) => {
      const { expression } = randomRow(new Dice(seed), 4);
      const compiled = compile(expression, admissionEnvironment(allFunctions, { params: true, authorizer: true, variables: new Map() }));
      if (!compiled.ok) return;
      const outcomes = [1, 2].map(() => {
        const meter = new Meter(PER_CALL);
        return [compiled.program.evaluate({ object, oldObject: null, request: {} }, meter), meter.cost];
      });
      expect(outcomes[1]).toEqual(outcomes[0]);
    }),
    { numRuns: 200 },
  );
});

test('a budget may be spent to the last unit, and not beyond; nothing absorbs that', () => {
  const cost = 400_012;
  const loop = 'lists.range(100000).all(x, true)';
  expect(evaluate(loop, {}, new Meter(cost))).toBe(true);
  expect(isSpent(evaluate(loop, {}, new Meter(cost - 1)))).toBe(true);
  expect(isSpent(evaluate(`${loop} || true`, {}, new Meter(cost - 1)))).toBe(true);
  expect(isSpent(evaluate(`[1].exists(y, ${loop} || true)`, {}, new Meter(cost - 1)))).toBe(true);
});

const many = 10_000;
const large: JsonObject = {
  list: Array.from({ length: many }, (_, index) => index),
  texts: Array.from({ length: many }, (_, index) => `s${index}`),
  empty: Array.from({ length: many }, () => ''),
  map: Object.fromEntries(Array.from({ length: many }, (_, index) => [`k${index}`, index])),
  objects: Array.from({ length: many }, (_, index) => ({ a: index, b: { c: 'x' } })),
  long: 'x'.repeat(1_000_000),
  wide: 'é'.repeat(1_000_000),
};

test.each([
  ['looks for an element in a long list', 'object.list[0] == i || -1 in object.list || true'],
  ['looks for an object in a long list', '{"a": -1} in object.objects || true'],
  ['compares what is large', 'object == oldObject'],
  ['lists the keys of a large map', 'object.map.exists(k, true)'],
  ['lists keys and values of a large map', 'object.map.exists(k, v, true)'],
  ['counts a large map', 'size(object.map) > 0'],
  ['counts the characters of a long text', 'size(object.wide) > 0'],
  ['joins long lists', 'size(object.list + object.list) > 0'],
  ['goes through empty texts, which cost nothing', 'object.empty.isSorted()'],
  ['finds the least of many texts', "object.texts.min() != ''"],
  ['writes a large object', "'%s'.format([object]) != ''"],
  ['matches a long text', "object.long.matches('^[a-z]+$')"],
  ['compiles pattern after pattern', "'a'.matches('(((((x*)*)*)*)*)' + string(i)) || true"],
  ['asks for the time of day in a far zone', "timestamp(i).getHours('America/New_York') >= 0"],
  ['takes address after address apart', "url('https://example.com/' + string(i)).getHost() != ''"],
])('a loop ends early where each round %s', (_, body) => {
  const value = evaluate(`lists.range(100000).all(i, ${body})`, { object: large, oldObject: structuredClone(large) });
  expect(isSpent(value)).toBe(true);
});

test('what is large may be read once', () => {
  const bindings = { object: large, oldObject: structuredClone(large) };
  expect(evaluate('object == oldObject', bindings)).toBe(true);
  expect(evaluate('size(object.map) + size(object.wide) + size(object.list)', bindings)).toBe(many + 1_000_000 + many);
  expect(evaluate("object.map.all(k, object.map[k] >= 0) && !('x' in object.texts)", bindings)).toBe(true);
});

test.each<[string, string, boolean | string]>([
  [
    'a key named like a method is only there where the object has it',
    "has(object.toString) || has(object.constructor) || 'hasOwnProperty' in object",
    false,
  ],
  ['a key __proto__ is a key', "object.__proto__.a == 1 && '__proto__' in object", true],
  ['a key with the name of a method can be read', "object.map == 'x' && object.constructor.length == 2", true],
  ['an object with a key constructor is an object', 'object.constructor.name', 'c'],
])('%s', (_, expression, expected) => {
  const object =
    expected === false ? {} : (JSON.parse('{"__proto__":{"a":1},"map":"x","constructor":{"length":2,"name":"c"}}') as JsonObject);
  expect(evaluate(expression, { object })).toBe(expected);
});

test.each([
  ['many parts that may be left out', 'a?'.repeat(24) + 'a'.repeat(24)],
  ['many groups of alternatives', `${'(a|a)'.repeat(24)}b`],
  ['many groups that may be left out', `${'(a)?'.repeat(24)}b`],
])('%s are left to RE2: JavaScript would try every way', (_, pattern) => {
  expect(PlainPattern.of(pattern)?.test('a'.repeat(24))).toBeUndefined();
});

test('a list of words is a plain pattern, however long', () => {
  expect(PlainPattern.of(`^(${'abcdefghijklmnopqrstuvwxyz'.split('').join('|')})$`)?.test('q')).toBe(true);
});

test('a fact that is wanted ends the evaluation, and says so', () => {
  const ask = { name: 'ask', member: false, args: [dyn], result: bool, evaluate: () => { throw pending; } }; // prettier-ignore
  const environment = { variables: new Map(), objects: new Map(), functions: new Map([...allFunctions, ['ask', [ask]]]) };
  const compiled = compile('ask(dyn(1)) || true', environment);
  expect(compiled.ok && compiled.program.evaluate({}, new Meter(PER_CALL))).toMatchObject({ code: 'Pending' });
});

test('a composited variable is worked out once, with a budget of its own, also where it fails', () => {
  const types = new Map<string, Type>([['sum', int], ['bad', dyn]]); // prettier-ignore
  const programs = new Map([
    ['sum', program('object.a + 1')],
    ['bad', program('object.missing')],
    ['long', program('lists.range(100000).all(x, lists.range(10).all(y, true))')],
  ]);
  const charged: number[] = [];
  const stage = new LazyVariables(programs, { object: { a: 1 } }, () => new Meter(1000), (units) => charged.push(units)); // prettier-ignore
  const meter = new Meter(PER_CALL);
  expect(program('variables.sum + variables.sum', types).evaluate(stage.bindings, meter)).toBe(4);
  expect([meter.cost, charged]).toEqual([5, [3]]);
  const failed = new CelError('composited variable "bad" fails to evaluate: no such key: missing');
  expect(program('variables.bad == 1', types).evaluate(stage.bindings, meter)).toEqual(failed);
  expect(stage.field('bad')).toEqual(failed);
  expect(stage.field('long')).toMatchObject({ message: expect.stringContaining('cost limit exceeded'), code: null });
  expect(charged).toHaveLength(3);
  expect(stage.field('absent')).toBeUndefined();
});

const review: JsonObject = {
  uid: 'u',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  resource: { group: '', version: 'v1', resource: 'pods' },
  name: '',
  namespace: 'shop',
  operation: 'CREATE',
  userInfo: { username: 'ann', uid: '', groups: [], extra: {} },
  object: { a: 1 },
  oldObject: null,
  options: null,
};

test.each([
  [
    'what is empty is absent',
    '[has(request.name), has(request.subResource), has(request.userInfo.uid), has(request.userInfo.groups)]',
    [false, false, false, false],
  ],
  ['an empty group is there', 'request.kind.group', ''],
  ['whether it is a dry run is always there', 'request.dryRun', false],
  ['there are no labels where they are empty', 'has(namespaceObject.metadata.labels)', false],
  ['the namespace has its name', 'namespaceObject.metadata.name', 'shop'],
  ['no namespace is null', 'params == null', true],
])('of an admission request: %s', (_, expression, expected) => {
  const namespace = { metadata: { name: 'shop', labels: {}, managedFields: [] } };
  const bindings = admissionBindings({ request: review, object: { a: 1 }, oldObject: null, params: null, namespace });
  expect(evaluate(expression, bindings)).toEqual(expected);
});

test('neither the objects nor the uid of a request are in the variable', () => {
  expect(Object.keys(requestVariable(review))).toEqual(['kind', 'resource', 'namespace', 'operation', 'userInfo', 'dryRun', 'options']);
  expect(namespaceVariable({})).toEqual({ metadata: {}, spec: {}, status: {} });
});

const numbers: readonly (readonly [string, Value])[] = [
  ['1', 1],
  ['-0', -0],
  ['1.0', new Double(1)],
  ['1e3', new Double(1000)],
  ['-1E+2', new Double(-100)],
  ['9007199254740993', 9007199254740993n],
  ['-9223372036854775808', -9223372036854775808n],
  ['9223372036854775808', new Double(9223372036854775808)],
  ['1.00000000000000000001', new Double(1)],
  ['"nginx:1.0"', 'nginx:1.0'],
  ['[1, 1.0 ]', [1, new Double(1)]],
  ['[[2.0]]', [[new Double(2)]]],
];

test.each(numbers.map(([text, expected]) => ({ text, expected })))(
  'the number of $text is kept as it was written',
  ({ text, expected }) => {
    expect(readCelJson(text)).toEqual(expected);
  },
);

test('numbers are read as the API server does, wherever they stand', () => {
  const number = oneof(integer(), double({ noNaN: true, noDefaultInfinity: true }), maxSafeInteger(), bigInt(-(2n ** 65n), 2n ** 65n));
  const written = tuple(number, constantFrom('', '.0', 'e0', 'E1')).map(([value, rest]) =>
    /[.e]/.test(String(value)) ? String(value) : `${value}${rest}`,
  );
  assert(
    property(written, written, anyText(), (one, other, name) => {
      const text = `{${JSON.stringify(name)}:[${one}, ${JSON.stringify(`${one}:${other}`)} ],"x":${other}}`;
      expect(normal(readCelJson(text))).toEqual(normal(parseValues(text) as Value));
    }),
  );
});

/** A raw number with a fraction is as good as a `Double`. */
function normal(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(normal);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value as JsonObject).map(([key, item]) => [key, normal(item as Value)])) as Value;
  return fromJson(value);
}

test('the types of an admission policy are those of the API server', () => {
  const environment = admissionEnvironment(allFunctions, { params: false, authorizer: true, variables: new Map([['a', int]]) });
  expect(environment.variables.has('params')).toBe(false);
  expect(environment.variables.get('authorizer')).toEqual(opaque('kubernetes.authorization.Authorizer'));
  expect(environment.objects.get('kubernetes.variables')?.get('a')).toBe(int);
  expect(environment.objects.get('kubernetes.NamespaceMetadata')?.has('managedFields')).toBe(false);
});

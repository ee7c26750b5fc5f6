import { expect, test } from '@jest/globals';
import { differences, readRows } from './cel/compare.ts';
import { judging } from './cel/judged.ts';
import { callWith } from '../src/cel/dispatch.ts';
import { kubernetesFunctions } from '../src/cel/kubernetes-functions.ts';
import { Authorizer, ResourceCheck } from '../src/cel/library/authorizer-value.ts';
import type { AccessQuery, Decision } from '../src/cel/library/authorizer-value.ts';
import { quantityText } from '../src/cel/library/quantity-text.ts';
import { parseQuantity } from '../src/cel/library/quantity-value.ts';
import type { Quantity } from '../src/cel/library/quantity-value.ts';
import { searchFirst, searchLast } from '../src/cel/library/search.ts';
import { pending } from '../src/cel/meter.ts';
import { CelError, isError } from '../src/cel/value.ts';
import type { Value } from '../src/cel/value.ts';

const all = kubernetesFunctions();
const judgedIn = judging();
const groups = Map.groupBy(readRows(new URL('cel/libraries.ndjson', import.meta.url)), ({ group }) => group ?? '');

test.each([...groups])('answers as the API server does: %s', (_group, rows) => {
  expect(rows.flatMap((row) => differences(row, judgedIn(row)).map((difference) => `${row.expression}: ${difference}`))).toEqual([]);
});

/** Value and cost of a call, by the kinds of its arguments. */
function call(name: string, ...args: Value[]): { value: Value; cost: number } {
  const candidates = (all.get(name) ?? []).filter((each) => each.args.length === args.length);
  const [first] = candidates;
  if (first === undefined) throw new Error(`no overload of ${name} takes ${args.length} arguments`);
  const value = callWith(candidates, args);
  return { value, cost: (first.knownCost ?? first.cost ?? (() => 1))(args, value) };
}

const allowed: Decision = { allowed: true, reason: 'because', error: '' };

/** An authorizer that writes down what it is asked. */
function asking(answer: Decision | undefined): { asked: AccessQuery[]; authorizer: Authorizer } {
  const asked: AccessQuery[] = [];
  return { asked, authorizer: new Authorizer((query) => (asked.push(query), answer)) };
}

const chain = (subject: Value, ...calls: readonly (readonly [string, ...Value[]])[]): Value =>
  calls.reduce<Value>((value, [name, ...args]) => (isError(value) ? value : call(name, value, ...args).value), subject);

test('asks about a resource with all that the expression says of it', () => {
  const { asked, authorizer } = asking(allowed);
  const decision = chain(
    authorizer,
    ['serviceAccount', 'team', 'builder'],
    ['group', 'apps'],
    ['resource', 'deployments'],
    ['subresource', 'scale'],
    ['namespace', 'shop'],
    ['name', 'cart'],
    ['labelSelector', 'a=b'],
    ['check', 'update'],
  );
  expect(asked).toEqual([
    {
      verb: 'update',
      serviceAccount: { namespace: 'team', name: 'builder' },
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'shop',
      name: 'cart',
      labelSelector: 'a=b',
    },
  ]);
  expect(['allowed', 'reason', 'errored', 'error'].map((name) => call(name, decision).value)).toEqual([true, 'because', false, '']);
});

test('asks about a path as the user of the request', () => {
  const { asked, authorizer } = asking(allowed);
  chain(authorizer, ['path', '/healthz'], ['check', 'get']);
  expect(asked).toEqual([{ path: '/healthz', verb: 'get' }]);
});

test('waits for an answer that is not there yet', () => {
  const { authorizer } = asking(undefined);
  const check = new ResourceCheck(authorizer.ask, undefined, { group: '', resource: 'pods', subresource: '', namespace: '', name: '' });
  let thrown: unknown;
  try {
    chain(check, ['check', 'get']);
  } catch (reason) {
    thrown = reason;
  }
  expect(thrown).toBe(pending);
});

test('tells an error of the authorizers from a refusal', () => {
  const { authorizer } = asking({ allowed: false, reason: '', error: 'webhook is down' });
  const decision = chain(authorizer, ['path', '/x'], ['check', 'get']);
  expect(['allowed', 'errored', 'error'].map((name) => call(name, decision).value)).toEqual([false, true, 'webhook is down']);
});

test.each<readonly [string, string, readonly (readonly [string, ...Value[]])[]]>([
  ['a blank path', 'path must not be empty', [['path', ' \u0085']]],
  ['a blank resource', 'resource must not be empty', [['group', ''], ['resource', '']]], // prettier-ignore
  ['a name that no service account has', 'Invalid service account name', [['serviceAccount', 'default', 'A']]],
  ['a namespace that is none', 'Invalid service account namespace', [['serviceAccount', 'a.b', 'a']]],
])('refuses %s', (_name, message, calls) => {
  expect(chain(asking(allowed).authorizer, ...calls)).toEqual(new CelError(message));
});

test('counts what asking costs', () => {
  const { authorizer } = asking(allowed);
  const check = new ResourceCheck(authorizer.ask, undefined, { group: '', resource: 'pods', subresource: '', namespace: '', name: '' });
  expect([call('check', check, 'get').cost, call('namespace', check, 'a').cost, call('labelSelector', check, 'app=example').cost]).toEqual([
    350_000, 1, 312,
  ]);
});

test.each<readonly [string, string, Value[]]>([
  ['a text that grows beyond all bounds', 'replace', ['a'.repeat(1e6), '', 'b'.repeat(1e6)]],
  ['a pattern too long to compile', 'find', ['a', 'a'.repeat(20_000)]],
  ['a pattern with too many steps for a long text', 'find', [`${'ab'.repeat(50_000)}c`, '[ab]{1,500}c']],
  ['a quantity of a million digits', 'quantity', ['9'.repeat(1e6)]],
])('refuses at once %s', (_name, name, args) => {
  const started = performance.now();
  expect(call(name, ...args).value).toBeInstanceOf(CelError);
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('does not build a list that costs more than any expression may spend', () => {
  expect(call('lists.range', 1e9)).toEqual({ value: expect.any(CelError), cost: 1e9 + 11 });
});

test('compares quantities whose exponents are far apart', () => {
  const [huge, tiny] = [call('quantity', '1e2000000000').value, call('quantity', '1n').value];
  expect([call('compareTo', huge, tiny).value, call('compareTo', tiny, huge).value, call('isInteger', huge).value]).toEqual([1, -1, false]);
});

test.each([
  ['1024Mi', '1Gi'],
  ['1000m', '1'],
  ['0.5', '500m'],
  ['0.5Gi', '512Mi'],
  ['1.5Ki', '1536'],
  ['100e3', '100e3'],
  ['1000e3', '1e6'],
  ['0', '0'],
  ['-0', '0'],
  ['05Gi', '05Gi'],
  ['6.030135208308M', '6.030135208308M'],
  ['0.1n', '1n'],
  ['9.99Ei', '9223372036854775807'],
])('writes the quantity %s back as the API server does: %s', (text, canonical) => {
  expect(quantityText(parseQuantity(text) as Quantity)).toBe(canonical);
});

test.each([1, 7, 100, 400])('finds texts of %i characters where V8 does, also in long texts', (length) => {
  const text = Array.from({ length: 5_000 }, (_, index) => 'aab'.charAt((index * index) % 3) || 'a').join('');
  const parts = [text.slice(4_000, 4_000 + length), 'a'.repeat(length), `${'a'.repeat(length - 1)}z`, text.slice(0, length)];
  expect(parts.map((part) => searchFirst(text, part, 3))).toEqual(parts.map((part) => text.indexOf(part, 3)));
  expect(parts.map((part) => searchLast(text, part, 4_500))).toEqual(parts.map((part) => text.lastIndexOf(part, 4_500)));
});

test('counts code points in long texts, whichever was used last', () => {
  const [wide, narrow] = ['a😀b'.repeat(500), 'xyz'.repeat(500)];
  for (const index of [0, 1, 2, 64, 700, 1_499])
    expect([wide, narrow].map((text) => call('charAt', text, index).value)).toEqual(
      ['a😀b', 'xyz'].map((three) => Array.from(three)[index % 3]),
    );
  expect(call('charAt', wide, 1_500).value).toBe('');
  expect(call('charAt', wide, 1_501).value).toBeInstanceOf(CelError);
  expect(call('lastIndexOf', wide, 'b').value).toBe(1_499);
});

import { compile } from '../../src/cel/compile.ts';
import { Meter } from '../../src/cel/meter.ts';
import type { Bindings } from '../../src/cel/program.ts';
import { admissionPolicyEnvironment } from '../../src/policy/upstream/environments.ts';
import type { Effort, Measured } from './measure.ts';
import { median } from './statistics.ts';

const ten = '[x, x, x, x, x, x, x, x, x, x]';
const doubled = ".map(x, x.replace('a', x))";

/** Each spends the whole budget, or does what costs little for as long as it may: of many that were tried, the slowest of their kind. */
const expressions: readonly string[] = [
  'lists.range(100000).all(x, true)',
  'object.items.all(a, object.items.all(b, a.name != b.name || a.i == b.i))',
  'lists.range(100000).map(x, x).size() > 0',
  'object.items.transformMapEntry(i, v, {v.name: v}).size() > 0',
  'object.items.map(a, a.name).sort().size() > 0',
  'object.items.distinct().size() > 0',
  'sets.contains(lists.range(900), lists.range(900))',
  'object.items.all(a, object.items.indexOf(a) >= 0)',
  'lists.range(10000).all(a, object.items.isSorted() || true)',
  'lists.range(100000).all(x, object.items != object.map)',
  'lists.range(100000).all(x, type(object.items) == list)',
  "object.big.matches('^(a+)+$')",
  "object.big.matches('(a?){500}a{500}')",
  "object.text.findAll('(a|b)+?').size() > 0",
  "object.items.all(a, a.value.matches('^[a-z]{1,63}(-[a-z]+)*$'))",
  "object.items.map(a, '%s'.format([object.items])).size() > 0",
  "object.items.all(a, url('https://a.b/c').getHost() == 'a.b')",
  "object.items.all(a, quantity('1Gi').isGreaterThan(quantity('1Mi')))",
  "lists.range(100000).all(x, object.big.lastIndexOf('b') < 0)",
  `['aa']${doubled.repeat(5)}.map(x, x.size())`,
  `[0]${`.map(x, ${ten})`.repeat(7)}.flatten(10).size()`,
];

const BUDGET = 1_000_000;

/** Milliseconds for which the slowest expression that stays inside the budget, or is cut off by it, holds the event loop. */
export function celWorst(_place: unknown, { rounds }: Effort): Measured[] {
  const bindings = makeBindings();
  const measured = expressions.map((expression) => ({ expression, milliseconds: time(expression, bindings, rounds) }));
  const [slowest, second] = measured.toSorted((a, b) => b.milliseconds - a.milliseconds);
  if (slowest === undefined || second === undefined) throw new Error('nothing was measured');
  const note = `${slowest.expression}, of ${expressions.length}; next ${second.milliseconds.toFixed(0)} ms: ${second.expression}; medians`;
  return [{ what: 'CEL: slowest expression', value: slowest.milliseconds, unit: 'ms', budget: { most: 50 }, note }];
}

function time(expression: string, bindings: Bindings, rounds: number): number {
  const compiled = compile(expression, environment);
  if (!compiled.ok) throw new Error(`${expression}: ${compiled.issues.map(({ message }) => message).join('\n')}`);
  return median(
    Array.from({ length: rounds }, () => {
      const start = performance.now();
      compiled.program.evaluate(bindings, new Meter(BUDGET));
      return performance.now() - start;
    }),
  );
}

const environment = admissionPolicyEnvironment(false)({ variables: new Map(), authorizer: true });

/** Ten thousand maps, a map of ten thousand keys, and texts of a hundred thousand characters. */
function makeBindings(): Bindings {
  const items = Array.from({ length: 10_000 }, (_, i) => ({ name: `n${i}`, value: 'x'.repeat(20), i }));
  const map = Object.fromEntries(items.map(({ name, i }) => [name, i]));
  return { object: { items, map, big: 'a'.repeat(100_000), text: 'ab'.repeat(50_000) } };
}

import { fileURLToPath } from 'node:url';
import { readReview } from '../../src/api/admission-review.ts';
import type { GuardrailDocument } from '../../src/api/guardrail.ts';
import type { Facts } from '../../src/engine/facts.ts';
import { fromReview } from '../../src/engine/from-review.ts';
import type { GuardrailSet } from '../../src/policy/guardrail-set.ts';
import { guardrailSet } from '../../src/policy/guardrail-set.ts';
import { judge } from '../../src/policy/judge.ts';
import { paced, saturate } from './load.ts';
import type { Effort, Measured } from './measure.ts';
import { allowedReview } from './reviews.ts';
import { startScript } from './servers.ts';
import { median, spread } from './statistics.ts';
import type { Workplace } from './workplace.ts';

const MATCHING = 10;
const SIZES = [10, 100, 1_000] as const;
const WARM_UP = 5_000;
const EACH = 3_000;

/** Time to judge by ten guardrails that match, alone and among others that do not. In this process, medians of interleaved rounds. */
export async function guardrailCurve(_place: unknown, { rounds }: Effort): Promise<Measured[]> {
  const rows = { 'other resources and namespaces': elsewhere, 'labels of other namespaces': byLabels };
  return Object.entries(rows).map(([what, other]) => {
    const sets = SIZES.map((size) => setOf(size, other));
    for (const set of sets) times(set, WARM_UP);
    const measured = Array.from({ length: rounds }, () => sets.map((set) => times(set, EACH)));
    const each = SIZES.map((_size, side) => median(measured.map((round) => round[side] ?? NaN)));
    const ratios = measured.map((round) => (round[2] ?? NaN) / (round[0] ?? NaN));
    const note = `${each.map((time, side) => `${SIZES[side]}: ${time.toFixed(1)} µs`).join(', ')}; ${MATCHING} match; rounds ${spread(ratios)}`;
    return { what: `1,000 guardrails, ${what}`, value: median(ratios), unit: 'x 10', budget: { most: 1.1 }, note };
  });
}

/** Tail latency while 200 guardrails of a thousand change each second, against the same server in peace. */
export async function guardrailChanges({ cert, key }: Workplace, effort: Effort): Promise<Measured[]> {
  const script = fileURLToPath(new URL('changing-server.ts', import.meta.url));
  const servers = [];
  try {
    for (const perSecond of ['0', '200']) servers.push(await startScript(script, [cert, key, perSecond]));
    for (const server of servers) await saturate(server, 'allowed', `${effort.warmUp}r`);
    const rounds: { p50: number; p99: number }[][] = [];
    for (let round = 0; round < effort.rounds; round++) {
      const result: (typeof rounds)[number] = [];
      for (const [side, server] of servers.entries()) result[side] = await paced(server, RATE, effort.seconds);
      rounds.push(result);
    }
    const ratios = rounds.map(([idle, changing]) => (changing?.p99 ?? NaN) / (idle?.p99 ?? NaN));
    const p99 = [0, 1].map((side) => median(rounds.map((round) => round[side]?.p99 ?? NaN)).toFixed(2));
    const note = `${RATE}/s, 1,000 guardrails and 10,000 exceptions; p99 ${p99[1]} ms against ${p99[0]} ms; rounds ${spread(ratios)}`;
    return [{ what: 'p99 under 200 changes a second', value: median(ratios), unit: 'x idle', budget: { most: 2 }, note }];
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Requests a second: what a large cluster sends. */
const RATE = 500;

const shop = { labels: { 'kubernetes.io/metadata.name': 'shop', tier: 'prod' } };
const facts: Facts = {
  now: Date.parse('2027-01-01T00:00:00Z'),
  namespace: () => shop,
};

function setOf(size: number, other: (index: number) => GuardrailDocument['spec']['match']): GuardrailSet {
  const documents = Array.from({ length: size }, (_, index): GuardrailDocument => {
    const match = index < MATCHING ? undefined : other(index);
    const spec = { mode: 'Enforce' as const, rules: [{ check: 'privileged' }, { check: 'host-namespaces' }], ...(match && { match }) };
    return { apiVersion: 'sallyport.dev/v1alpha1', kind: 'Guardrail', metadata: { name: `g-${index}` }, spec };
  });
  return guardrailSet(
    documents.map((document) => ({ document, origin: '' })),
    'Enforce',
  );
}

const elsewhere = (index: number): GuardrailDocument['spec']['match'] =>
  index % 2 === 0
    ? { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `team-${index}` } } }
    : { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }] };

const byLabels = (index: number): GuardrailDocument['spec']['match'] => ({ namespaceSelector: { matchLabels: { tier: `tier-${index}` } } });

const text = JSON.stringify(allowedReview);

/** Median microseconds from a parsed review to its verdict. */
function times(set: GuardrailSet, count: number): number {
  const judging: number[] = [];
  for (let index = 0; index < count; index++) {
    const value: unknown = JSON.parse(text);
    const start = performance.now();
    const review = readReview(value);
    const verdict = review.ok ? judge(set, fromReview(review.request), facts) : null;
    judging.push((performance.now() - start) * 1000);
    if (verdict?.verdict !== 'allow' || verdict.guardrails.length !== MATCHING) throw new Error('ten guardrails were to allow the review');
  }
  return median(judging);
}

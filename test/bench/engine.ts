import { readReview } from '../../src/api/admission-review.ts';
import { policySet } from '../../src/commands/policy-flags.ts';
import { fromReview } from '../../src/engine/from-review.ts';
import type { GuardrailSet } from '../../src/policy/guardrail-set.ts';
import { judge } from '../../src/policy/judge.ts';
import type { Effort, Measured } from './measure.ts';
import { allowedReview } from './reviews.ts';
import { median, spread } from './statistics.ts';

const BATCH = 500;

/**
 * Time from a parsed review to its verdict against the time to parse it, in this process. Every object is judged once, fresh from the parser,
 * as in a server: judging one object again and again would measure the cache.
 */
export async function engine(_place: unknown, { rounds }: Effort): Promise<Measured[]> {
  const { set } = policySet({}, { cwd: process.cwd(), root: new URL('../../', import.meta.url) });
  const text = JSON.stringify(allowedReview);
  for (let warm = 0; warm < 60; warm++) batch(text, set);
  const batches = Array.from({ length: rounds * 20 }, () => batch(text, set));
  const ratios = batches.map(({ parsing, judging }) => judging / parsing);
  const each = (of: 'parsing' | 'judging'): string => ((median(batches.map((one) => one[of])) / BATCH) * 1000).toFixed(2);
  return [
    {
      what: 'engine, 3 containers, allowed',
      value: median(ratios),
      unit: 'x JSON.parse',
      budget: { most: 0.25 },
      note: `${each('judging')} µs against ${each('parsing')} µs for ${(text.length / 1024).toFixed(1)} KiB; batches ${spread(ratios)}`,
    },
  ];
}

function batch(text: string, set: GuardrailSet): { parsing: number; judging: number } {
  const start = cpuMs();
  const values = Array.from({ length: BATCH }, () => JSON.parse(text) as unknown);
  const parsed = cpuMs();
  let allowed = 0;
  for (const value of values) {
    const review = readReview(value);
    if (review.ok && judge(set, fromReview(review.request)).verdict === 'allow') allowed++;
  }
  const judged = cpuMs();
  if (allowed !== BATCH) throw new Error(`${BATCH - allowed} of ${BATCH} reviews were not allowed`);
  return { parsing: parsed - start, judging: judged - parsed };
}

/** Time that this thread had a core: neighbours on the machine do not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

import { readReview } from '../../src/api/admission-review.ts';
import { policySet } from '../../src/commands/policy-flags.ts';
import { fromReview } from '../../src/engine/from-review.ts';
import type { GuardrailSet } from '../../src/policy/guardrail-set.ts';
import { judge } from '../../src/policy/judge.ts';
import type { Effort, Measured } from './measure.ts';
import { allowedReview } from './reviews.ts';
import { median } from './statistics.ts';

const WARM_UP = 30_000;
const EACH = 10_000;

/**
 * Time from a parsed review to its verdict against the time to parse it, in this process. Every object is judged once and straight from the
 * parser, as in a server: one object again and again, or a thousand parsed beforehand, would measure the processor's caches.
 */
export async function engine(_place: unknown, { rounds }: Effort): Promise<Measured[]> {
  const { set } = policySet({}, { cwd: process.cwd(), root: new URL('../../', import.meta.url), now: () => new Date() });
  const text = JSON.stringify(allowedReview);
  times(text, set, WARM_UP);
  const measured = Array.from({ length: rounds }, () => times(text, set, EACH));
  const [parsing, judging] = (['parsing', 'judging'] as const).map((of) => median(measured.map((one) => one[of])));
  const ratio = (judging ?? NaN) / (parsing ?? NaN);
  const note = `${judging?.toFixed(2)} µs against ${parsing?.toFixed(2)} µs for ${(text.length / 1024).toFixed(1)} KiB; in process, medians`;
  return [{ what: 'engine, 3 containers, allowed', value: ratio, unit: 'x JSON.parse', budget: { most: 0.25 }, note }];
}

/** Median microseconds of each half. */
function times(text: string, set: GuardrailSet, count: number): { parsing: number; judging: number } {
  const parsing: number[] = [];
  const judging: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    const value: unknown = JSON.parse(text);
    const parsed = performance.now();
    const review = readReview(value);
    const verdict = review.ok ? judge(set, fromReview(review.request)).verdict : 'deny';
    const judged = performance.now();
    if (verdict !== 'allow') throw new Error('the review was not allowed');
    parsing.push((parsed - start) * 1000);
    judging.push((judged - parsed) * 1000);
  }
  return { parsing: median(parsing), judging: median(judging) };
}

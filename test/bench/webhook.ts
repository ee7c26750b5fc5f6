import type { Effort, Measured } from './measure.ts';
import { paced, saturate, throughput } from './load.ts';
import type { Throughput } from './load.ts';
import { startBare, startSallyport } from './servers.ts';
import type { Server } from './servers.ts';
import { median, spread } from './statistics.ts';
import type { Workplace } from './workplace.ts';

interface Pair {
  readonly bare: Server;
  readonly ours: Server;
}

/** Throughput against the bare handler: a pod that is allowed, and one with five faults. */
export const webhookThroughput = (place: Workplace, effort: Effort): Promise<Measured[]> =>
  withServers(place, async (pair) => [
    ...(await compareThroughput(pair, 'allowed', 0.9, effort)),
    ...(await compareThroughput(pair, 'denied', 0.7, effort)),
  ]);

/** Tail latency at half the load that the bare handler can bear, against the bare handler's own. */
export const webhookLatency = (place: Workplace, effort: Effort): Promise<Measured[]> =>
  withServers(place, async ({ bare, ours }) => {
    for (const server of [bare, ours]) await saturate(server, 'allowed', `${effort.warmUp}r`);
    const rate = (await throughput(bare, 'allowed', effort.seconds)).perSecond / 2;
    const rounds = await interleaved(effort.rounds, [() => paced(bare, rate, effort.seconds), () => paced(ours, rate, effort.seconds)]);
    const ratios = rounds.map(([theirs, own]) => (own?.p99 ?? NaN) / (theirs?.p99 ?? NaN));
    const p99 = [0, 1].map((side) => median(rounds.map((round) => round[side]?.p99 ?? NaN)).toFixed(2));
    const note = `${Math.round(rate)}/s; p99 ${p99[1]} ms against ${p99[0]} ms; rounds ${spread(ratios)}`;
    return [{ what: 'webhook p99 at half load', value: median(ratios), unit: 'x bare', budget: { most: 1.5 }, note }];
  });

async function compareThroughput({ bare, ours }: Pair, which: 'allowed' | 'denied', least: number, effort: Effort): Promise<Measured[]> {
  for (const server of [bare, ours]) await saturate(server, which, `${effort.warmUp}r`);
  const rounds = await interleaved(effort.rounds, [
    () => throughput(bare, which, effort.seconds),
    () => throughput(ours, which, effort.seconds),
  ]);
  const of = (side: 0 | 1, field: keyof Throughput): number => median(rounds.map((round) => round[side]?.[field] ?? NaN));
  const ratios = rounds.map(([theirs, own]) => (own?.perSecond ?? NaN) / (theirs?.perSecond ?? NaN));
  const cpu = rounds.map(([theirs, own]) => (theirs?.cpuMs ?? NaN) / (own?.cpuMs ?? NaN));
  const speed = `${Math.round(of(1, 'perSecond'))}/s against ${Math.round(of(0, 'perSecond'))}/s`;
  const busy = `core ${Math.round(of(1, 'busy') * 100)} % and ${Math.round(of(0, 'busy') * 100)} % busy`;
  return [
    {
      what: `webhook throughput, ${which}`,
      value: median(ratios),
      unit: 'x bare',
      budget: { least },
      note: `${speed}; ${busy}; rounds ${spread(ratios)}`,
    },
    {
      what: `  the same by CPU a request`,
      value: median(cpu),
      unit: 'x bare',
      budget: null,
      note: `${of(1, 'cpuMs').toFixed(4)} ms against ${of(0, 'cpuMs').toFixed(4)} ms; rounds ${spread(cpu)}`,
    },
  ];
}

/** Runs the sides in turn, the first one first in every other round only: a machine that slows down must favour neither. */
async function interleaved<T>(rounds: number, sides: readonly (() => Promise<T>)[]): Promise<T[][]> {
  const results: T[][] = [];
  for (let round = 0; round < rounds; round++) {
    const order = [...sides.entries()];
    const result: T[] = [];
    for (const [side, run] of round % 2 === 0 ? order : order.toReversed()) result[side] = await run();
    results.push(result);
  }
  return results;
}

async function withServers<T>(place: Workplace, use: (pair: Pair) => Promise<T>): Promise<T> {
  const bare = await startBare(place);
  const ours = await startSallyport(place, 'server').catch(async (error: unknown) => {
    await bare.stop();
    throw error;
  });
  try {
    return await use({ bare, ours });
  } finally {
    await Promise.all([bare.stop(), ours.stop()]);
  }
}

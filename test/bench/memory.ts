import { saturate } from './load.ts';
import type { Effort, Measured } from './measure.ts';
import { residentMegabytes } from './process-usage.ts';
import { startSallyport } from './servers.ts';
import { median } from './statistics.ts';
import type { Workplace } from './workplace.ts';

const LONG = 1_000_000;

/** Resident memory after many requests, half of them denied, and how much of it came in the last fifth. */
export async function memory(place: Workplace, { requests }: Effort): Promise<Measured[]> {
  const server = await startSallyport(place, 'server');
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(residentMegabytes(server.pid)), 100);
  try {
    await saturate(server, 'both', `${requests}r`);
  } finally {
    clearInterval(sampling);
    await server.stop();
  }
  const [before, last] = [samples.slice(-samples.length * 0.4, -samples.length * 0.2), samples.slice(-samples.length * 0.2)];
  const growth = (median(last) / median(before) - 1) * 100;
  const note = `${requests.toLocaleString('en')} requests, half of them denied; highest ${Math.max(...samples).toFixed(0)} MB`;
  return [
    { what: 'resident memory', value: samples.at(-1) ?? NaN, unit: 'MB', budget: { most: 130 }, note },
    {
      what: 'memory growth, last fifth',
      value: growth,
      unit: '%',
      // A heap that has not yet found its size grows: only the long run can tell a leak.
      budget: requests >= LONG ? { most: 3 } : null,
      note: `medians of ${last.length} samples against the fifth before`,
    },
  ];
}

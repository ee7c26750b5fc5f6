import { bareNode } from './bare-node.ts';
import type { Effort, Measured } from './measure.ts';
import { startSallyport } from './servers.ts';
import { median, spread } from './statistics.ts';
import type { Workplace } from './workplace.ts';

/** From the start of the process to the first 200 of /readyz and the first answered review. */
export async function startUp(place: Workplace, { rounds }: Effort): Promise<Measured[]> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    const start = performance.now();
    const server = await startSallyport(place, 'any');
    seconds.push((performance.now() - start) / 1000);
    await server.stop();
  }
  const note = `bundle, files, any core: ${spread(seconds.slice(1))}; ${await bareNode(rounds)}`;
  return [{ what: 'start to ready', value: median(seconds.slice(1)), unit: 's', budget: { most: 0.5 }, note }];
}

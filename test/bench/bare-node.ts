import { once } from 'node:events';
import { node } from './cores.ts';
import { median } from './statistics.ts';

/** Seconds that a process of Node takes to do nothing: what of a start is not ours, and how busy the machine is. */
export async function bareNode(rounds: number): Promise<string> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await once(node(['-e', '0'], 'any', { stdio: 'ignore' }), 'exit');
    seconds.push((performance.now() - start) / 1000);
  }
  return `bare node ${median(seconds).toFixed(2)} s`;
}

import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { policySet } from '../../src/commands/policy-flags.ts';
import { scanFiles } from '../../src/commands/scan/scan-files.ts';
import { bareNode } from './bare-node.ts';
import { node } from './cores.ts';
import { manifest } from './manifests.ts';
import type { Effort, Measured } from './measure.ts';
import { besides } from './peers.ts';
import { median, spread } from './statistics.ts';
import type { Workplace } from './workplace.ts';

const FILES = 2000;

/** `sallyport scan` as a developer and a pipeline run it, beside other scanners where they are there. */
export async function scan(place: Workplace, effort: Effort): Promise<Measured[]> {
  const folder = join(place.folder, 'manifests');
  mkdirSync(folder);
  const texts = Array.from({ length: FILES }, (_, index) => manifest(index));
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `app-${index}.yaml`), text);
  const one = await runs(place, join(folder, 'app-0.yaml'), effort);
  const all = await runs(place, folder, effort);
  const size = (texts.reduce((sum, text) => sum + text.length, 0) / 1e6).toFixed(1);
  return [
    {
      what: 'scan one file',
      value: median(one),
      unit: 's',
      budget: { most: 0.25 },
      note: `bundle, whole process: ${spread(one)}; ${await bareNode(effort.rounds)}`,
    },
    {
      what: 'scan 2,000 files',
      value: median(all),
      unit: 's',
      budget: { most: 1.5 },
      note: `bundle, whole process, ${size} MB, Deployment and Service each, every other one denied: ${spread(all)}`,
    },
    documents(texts, effort),
    ...(await besides(folder, place.folder, effort)),
  ];
}

async function runs({ launcher }: Workplace, path: string, { rounds }: Effort): Promise<number[]> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    const start = performance.now();
    const child = node([launcher, 'scan', '--format', 'json', path], 'any', { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    seconds.push((performance.now() - start) / 1000);
    if (code !== 1) throw new Error(`scan ${path} left with ${code}, though 1 was expected`);
  }
  return seconds.slice(1);
}

/** Read, judge, and place every finding, in this process. */
function documents(texts: readonly string[], { rounds }: Effort): Measured {
  const { set } = policySet({}, { cwd: process.cwd(), root: new URL('../../', import.meta.url), now: () => new Date() });
  const files = texts.map((text, index) => ({ file: `app-${index}.yaml`, text }));
  const perSecond = Array.from({ length: rounds + 1 }, () => {
    const start = performance.now();
    const { results } = scanFiles(files, { set, namespace: 'default' });
    return (results.length / (performance.now() - start)) * 1000;
  }).slice(1);
  const note = `read, judged, findings placed; one core, in process; rounds ${spread(perSecond, 0)}`;
  return { what: 'scan, documents with positions', value: median(perSecond), unit: '/s', budget: { least: 10_000 }, note };
}

import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { celWorst } from './cel-worst.ts';
import { cel } from './cel.ts';
import { pinning } from './cores.ts';
import { engine } from './engine.ts';
import { guardrailChanges, guardrailCurve } from './guardrails.ts';
import type { Effort, Measured } from './measure.ts';
import { ok } from './measure.ts';
import { memory } from './memory.ts';
import { scan } from './scan.ts';
import { startUp } from './start-up.ts';
import { table } from './table.ts';
import { webhookLatency, webhookThroughput } from './webhook.ts';
import { makeWorkplace } from './workplace.ts';
import type { Workplace } from './workplace.ts';

/** Holds the speed and the size of the product against their budgets. Ratios of interleaved runs, medians; all load on loopback. */
const usage = 'npm run bench -- [--quick | --long] [--only NAME]…';

const benches: Readonly<Record<string, (place: Workplace, effort: Effort) => Promise<Measured[]> | Measured[]>> = {
  throughput: webhookThroughput,
  latency: webhookLatency,
  engine,
  cel,
  'cel-worst': celWorst,
  guardrails: guardrailCurve,
  changes: guardrailChanges,
  memory,
  start: startUp,
  scan,
};

const efforts = {
  quick: { rounds: 3, seconds: 1, warmUp: 5000, requests: 10_000 },
  usual: { rounds: 7, seconds: 3, warmUp: 30_000, requests: 100_000 },
  long: { rounds: 9, seconds: 5, warmUp: 50_000, requests: 1_000_000 },
} as const;

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, long: { type: 'boolean' }, only: { type: 'string', multiple: true } },
});
const names = values.only ?? Object.keys(benches);
const unknown = names.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  console.error(`there is no measurement ${unknown}; there are ${Object.keys(benches).join(', ')}\n${usage}`);
  process.exit(2);
}

const effort = values.quick ? efforts.quick : values.long ? efforts.long : efforts.usual;
console.log(machine());
const place = await makeWorkplace();
try {
  const measurements: Measured[] = [];
  for (const name of names) measurements.push(...((await benches[name]?.(place, effort)) ?? []));
  console.log(table(measurements));
  if (!measurements.every(ok)) process.exitCode = 1;
} finally {
  place.remove();
}
console.log(`load average after: ${load()}`);

function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memoryGb = (totalmem() / 1e9).toFixed(1);
  const cores = pinning ? 'servers on core 0, load on core 1' : 'cores not pinned (no taskset): ratios of throughput mean less';
  return `${model}, ${cpus().length} cores, ${memoryGb} GB, Node ${process.versions.node}; ${cores}; load average before: ${load()}`;
}

function load(): string {
  return loadavg().map((value) => value.toFixed(2)).join(' '); // prettier-ignore
}

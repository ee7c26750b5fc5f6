import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../src/kube/json.ts';
import { freePorts } from './control-plane.ts';
import type { Endpoint } from './service.ts';

const source = fileURLToPath(new URL('../../src/launch.js', import.meta.url));

/** One `sallyport serve` in a process of its own. */
export interface Replica extends Endpoint {
  readonly port: number;
  /** What it has logged so far. */
  readonly log: readonly JsonObject[];
  /** What it has printed for people so far. */
  printed(): string;
  /** How many lines it has logged with such a message. */
  logged(message: RegExp): number;
  /** What `/readyz?verbose` tells. */
  readyz(): Promise<string>;
  /** Every sample by its line in the exposition: `name{labels}` to value. */
  metrics(): Promise<Record<string, number>>;
  /** Sends a signal and waits for the end: the exit code, or null where the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a server with these arguments on ports of its own, from the source or by another launcher. Does not wait until it is ready. */
export async function startReplica(args: readonly string[], launcher = source): Promise<Replica> {
  const [port = 0, opsPort = 0] = await freePorts(2);
  const listen = [`--listen=127.0.0.1:${port}`, `--ops-listen=127.0.0.1:${opsPort}`];
  const child = spawn(process.execPath, [launcher, 'serve', ...args, ...listen], { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'close') as Promise<[number | null]>;
  const log: JsonObject[] = [];
  let printed = '';
  createInterface({ input: child.stdout }).on('line', (line) => log.push(JSON.parse(line) as JsonObject));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  // Its stdin closes with this process, so that no server outlives a test run that dies.
  const watchdog = spawn('sh', ['-c', 'read -r _; kill -9 "$1"', 'sh', String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
  void gone.then(() => watchdog.kill('SIGKILL'));
  const ops = (path: string) => fetchText(`http://127.0.0.1:${opsPort}${path}`);
  return {
    port,
    log,
    printed: () => printed,
    logged: (message) => log.filter(({ msg }) => typeof msg === 'string' && message.test(msg)).length,
    ready: async () => (await ops('/readyz')).status === 200,
    readyz: async () => (await ops('/readyz?verbose')).text,
    metrics: async () => samples((await ops('/metrics')).text),
    async end(signal) {
      child.kill(signal);
      const [code] = await gone;
      return code;
    },
  };
}

function samples(text: string): Record<string, number> {
  return Object.fromEntries([...text.matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
}

/** Status 0 where nobody answers. */
function fetchText(url: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const ask = get(url, { agent: false, timeout: 2000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', () => resolve({ status: 0, text }));
    });
    ask.on('timeout', () => ask.destroy());
    ask.on('error', () => resolve({ status: 0, text: '' }));
  });
}

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { node } from './cores.ts';
import { allowedReview } from './reviews.ts';
import type { Workplace } from './workplace.ts';

/** A server in a process of its own, on loopback, that has answered a review. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const START_MS = 20_000;

/** `sallyport serve` from the bundle as the image starts it: pack restricted, certificate from files, log level info, its log thrown away. */
export async function startSallyport({ launcher, cert, key }: Workplace, core: 'server' | 'any'): Promise<Server> {
  const [port, opsPort] = [await freePort(), await freePort()];
  const listen = ['--listen', `127.0.0.1:${port}`, '--ops-listen', `127.0.0.1:${opsPort}`];
  const args = ['serve', '--no-cluster', '--policies', 'restricted', '--tls-cert', cert, '--tls-key', key, ...listen];
  return started([...imageFlags(), launcher, ...args], core, port, async () => (await readiness(opsPort)) && answers(port));
}

/** What the image starts Node with. */
function imageFlags(): string[] {
  const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')) ?? [];
  return (JSON.parse(entry) as string[]).filter((part) => part.startsWith('--'));
}

/** The yardstick: bare-server.ts with the same certificate. */
export function startBare({ cert, key }: Workplace): Promise<Server> {
  return startScript(fileURLToPath(new URL('bare-server.ts', import.meta.url)), [cert, key]);
}

/** A server of a script, which is told its port after these arguments. */
export async function startScript(script: string, args: readonly string[]): Promise<Server> {
  const port = await freePort();
  return started([script, ...args, String(port)], 'server', port, () => answers(port));
}

async function started(args: string[], core: 'server' | 'any', port: number, ready: () => Promise<boolean>): Promise<Server> {
  const child = node(args, core, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const until = performance.now() + START_MS;
  while (!(await ready())) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`a server did not start: ${args.join(' ')}\n${said.join('')}`);
    }
    await sleep(1);
  }
  return { port, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(late);
}

function readiness(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', port, path: '/validate', method: 'POST', headers, rejectUnauthorized: false, agent: false };
    const call = request(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('error', () => resolve(false));
    call.end(JSON.stringify(allowedReview));
  });
}

/** A port that nobody holds right now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { node } from './cores.ts';
import { cpuSeconds } from './process-usage.ts';
import type { Server } from './servers.ts';

export interface Throughput {
  readonly perSecond: number;
  /** Milliseconds of the server's CPU for each request. */
  readonly cpuMs: number;
  /** Share of a core that the server used: below 0.95 or so, something else was the limit. */
  readonly busy: number;
}

/** Loads a server for some seconds over 16 connections. */
export async function throughput(server: Server, which: 'allowed' | 'denied', seconds: number): Promise<Throughput> {
  const before = cpuSeconds(server.pid);
  const ran = await saturate(server, which, String(seconds));
  const cpu = cpuSeconds(server.pid) - before;
  return { perSecond: ran.requests / ran.seconds, cpuMs: (cpu / ran.requests) * 1000, busy: cpu / ran.seconds };
}

/** @param bound seconds, or a number of requests with an `r` behind it */
export async function saturate({ port }: Pick<Server, 'port'>, which: 'allowed' | 'denied' | 'both', bound: string) {
  const ran = await printed<{ requests: number; seconds: number; failed: number }>('saturate.ts', [String(port), which, bound]);
  if (ran.failed > 0) throw new Error(`${ran.failed} requests failed`);
  return ran;
}

/** Latencies at a fixed rate. Milliseconds. */
export const paced = ({ port }: Server, perSecond: number, seconds: number): Promise<{ p50: number; p99: number; late: number }> =>
  printed('paced.ts', [String(port), String(Math.round(perSecond)), String(seconds)]);

async function printed<T>(script: string, args: string[]): Promise<T> {
  const child = node([fileURLToPath(new URL(script, import.meta.url)), ...args], 'load', { stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(await text(child.stdout ?? process.stdin)) as T;
}

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { LoopWatch } from './event-loop.ts';

/** One thing that readiness hangs on. */
export interface Condition {
  readonly name: string;
  /** What is amiss, or null. */
  readonly failing: () => string | null;
  /** What else `?verbose` tells while nothing is. */
  readonly note?: () => string;
}

export interface OpsDeps {
  readonly conditions: readonly Condition[];
  readonly loop: Pick<LoopWatch, 'stalledMs'>;
  readonly expose: () => Promise<{ text: string; contentType: string }>;
}

export interface OpsServer {
  readonly server: Server;
  readonly listen: (port: number, host: string) => Promise<void>;
  /** Readiness fails from now on. */
  readonly notReady: (reason: string) => void;
  readonly close: () => Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
}

const stuckMs = 10_000;

/** Plain HTTP for the kubelet and Prometheus: `/healthz`, `/readyz` (`?verbose`), `/metrics`. */
export function createOpsServer({ conditions, loop, expose }: OpsDeps): OpsServer {
  let leaving: string | null = null;
  const all = [...conditions, { name: 'serving', failing: () => leaving }];
  const routes: Readonly<Record<string, (query: string) => Reply | Promise<Reply>>> = {
    '/healthz': () => healthz(loop.stalledMs()),
    '/readyz': (query) => readyz(all, new URLSearchParams(query).has('verbose')),
    '/metrics': async () => ({ status: 200, ...(await expose()) }),
  };
  const server = createServer(
    { requestTimeout: 10_000, maxHeaderSize: 8192 },
    (request, response) => void respond(routes, request, response),
  );
  return {
    server,
    async listen(port, host) {
      server.listen(port, host);
      await once(server, 'listening');
    },
    notReady: (reason) => void (leaving = reason),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function respond(
  routes: Readonly<Record<string, (query: string) => Reply | Promise<Reply>>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const reply = await replyTo(route, request.method ?? '', query);
  response.writeHead(reply.status, {
    'content-type': reply.contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(reply.text),
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? '' : reply.text);
}

async function replyTo(route: ((query: string) => Reply | Promise<Reply>) | undefined, method: string, query: string): Promise<Reply> {
  if (route === undefined) return { status: 404, text: 'not found: /healthz, /readyz and /metrics are here\n' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'use GET\n' };
  try {
    return await route(query);
  } catch {
    return { status: 500, text: 'failed\n' };
  }
}

/** Alive unless the event loop stood still: nothing else is cured by a restart. */
function healthz(stalledMs: number): Reply {
  if (stalledMs < stuckMs) return { status: 200, text: 'ok\n' };
  return { status: 503, text: `the event loop stood still for ${Math.round(stalledMs)} ms\n` };
}

function readyz(conditions: readonly Condition[], verbose: boolean): Reply {
  const results = conditions.map(({ name, failing, note }) => ({ name, fault: failing(), note: note?.() ?? '' }));
  const status = results.every(({ fault }) => fault === null) ? 200 : 503;
  if (status === 200 && !verbose) return { status, text: 'ok\n' };
  const lines = results.map(({ name, fault, note }) => (fault === null ? `[+] ${name} ok${note && `: ${note}`}` : `[-] ${name}: ${fault}`));
  return { status, text: `${lines.join('\n')}\n` };
}

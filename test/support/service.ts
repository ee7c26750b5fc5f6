import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Endpoint {
  readonly port: number;
  ready(): Promise<boolean>;
}

/** Stands for a Service of Kubernetes: one address, from which each new connection goes to one of the endpoints that are ready. */
export interface Service {
  readonly port: number;
  add(endpoint: Endpoint): void;
  close(): Promise<void>;
}

/** As kube-proxy does: readiness is looked at from time to time, and a connection that stands is never moved. */
export async function startService({ everyMs = 250 } = {}): Promise<Service> {
  const endpoints: Endpoint[] = [];
  const sockets = new Set<Socket>();
  const stop = new AbortController();
  let ready: readonly Endpoint[] = [];
  let turn = 0;
  const server = createServer((socket) => {
    const endpoint = ready[turn++ % ready.length];
    if (endpoint) join(socket, connect({ port: endpoint.port, host: '127.0.0.1' }), sockets);
    else socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const looking = look();
  return {
    port: (server.address() as AddressInfo).port,
    add: (endpoint) => void endpoints.push(endpoint),
    async close() {
      stop.abort();
      for (const socket of sockets) socket.destroy();
      await Promise.all([looking, new Promise((resolve) => server.close(resolve))]);
    },
  };

  async function look(): Promise<void> {
    while (!stop.signal.aborted) {
      const states = await Promise.all(endpoints.map(async (endpoint) => ((await endpoint.ready()) ? [endpoint] : [])));
      ready = states.flat();
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }
}

function join(caller: Socket, callee: Socket, sockets: Set<Socket>): void {
  for (const [one, other] of [
    [caller, callee],
    [callee, caller],
  ] as const) {
    sockets.add(one);
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => {
      sockets.delete(one);
      other.destroy();
    });
  }
}

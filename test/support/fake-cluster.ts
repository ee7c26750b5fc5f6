import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../src/kube/json.ts';

/** Lists of objects over loopback, in pages, as an API server gives them: items carry no apiVersion and kind. */
export interface FakeCluster {
  /** Path of a kubeconfig. */
  readonly kubeconfig: string;
  /** Objects by the path of their list: `/api/v1/pods`. A list that is absent is 404, a number is answered as that status. */
  lists: Record<string, readonly JsonObject[] | number>;
  /** Answers by path, before any list. */
  answers: Record<string, JsonObject>;
  /** What was asked for since the start, with its query. */
  readonly asked: string[];
  /** The next page but the first is told that its history is gone. */
  expireOnce: boolean;
  stop(): Promise<void>;
}

export async function startFakeCluster(): Promise<FakeCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'fake-cluster-'));
  const server = createServer((request, response) => {
    cluster.asked.push(request.url ?? '');
    const { status, body } = answer(new URL(request.url ?? '', 'http://cluster'), cluster);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cluster: FakeCluster = {
    kubeconfig: join(folder, 'config'),
    lists: {},
    answers: {},
    asked: [],
    expireOnce: false,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
  const config = {
    clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    contexts,
    users: [{ name: 'u', user: { token: 'secret' } }],
    'current-context': 'x',
  };
  writeFileSync(cluster.kubeconfig, JSON.stringify(config));
  return cluster;
}

interface Answered {
  readonly status: number;
  readonly body: JsonObject;
}

function answer({ pathname, searchParams }: URL, cluster: FakeCluster): Answered {
  const fixed = cluster.answers[pathname];
  if (fixed !== undefined) return { status: 200, body: fixed };
  const list = cluster.lists[pathname] ?? 404;
  if (typeof list === 'number') return { status: list, body: { kind: 'Status', message: `status ${list}` } };
  const limit = Number(searchParams.get('limit'));
  const from = Number((searchParams.get('continue') ?? '0').replace('again-', ''));
  if (from > 0 && cluster.expireOnce) {
    cluster.expireOnce = false;
    return { status: 410, body: { kind: 'Status', metadata: { continue: `again-${from}` } } };
  }
  const items = list.slice(from, from + limit);
  const left = list.length - from - items.length;
  return { status: 200, body: { metadata: left > 0 ? { continue: String(from + limit), remainingItemCount: left } : {}, items } };
}

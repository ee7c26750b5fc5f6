import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Agent, RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Registry } from '@prometheus-io/client';
import { selfSigned } from '../../src/certificates/authority.ts';
import { createLog, decisionLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Answer, Judge } from '../../src/webhook/answer.ts';
import { refusals } from '../../src/webhook/refusal.ts';
import { buildServer, defaultLimits } from '../../src/webhook/server.ts';
import type { Limits } from '../../src/webhook/server.ts';
import type { ClientCheck, TlsMaterial } from '../../src/webhook/tls.ts';

export const pair = newPair();

export function newPair(): TlsMaterial & { authority: string } {
  const { certificate: cert, key, authority } = selfSigned(['127.0.0.1'], new Date());
  return { cert, key, authority };
}

export const allowed: Answer = {
  response: { allowed: true },
  decision: { verdict: 'allow', guardrails: [{ name: 'restricted', mode: 'Enforce', verdict: 'allow' }], findings: [], digest: 'sha256:0' },
};

/** A well-formed review of a bare pod, with these fields of the request replaced. */
export function review(fields: object = {}): { apiVersion: string; kind: string; request: object } {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name: 'web',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'ann', groups: ['system:authenticated'] },
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } },
      oldObject: null,
      ...fields,
    },
  };
}

export interface TestOptions {
  readonly answer?: Judge;
  readonly limits?: Partial<Limits>;
  readonly tls?: TlsMaterial & ClientCheck;
}

/** A server with a registry and a log of its own, so that tests do not see each other. */
export function newServer({ answer = () => allowed, limits = {}, tls = pair }: TestOptions = {}) {
  const registry = new Registry();
  const metrics = createMetrics({ registry, version: '1.2.3', refusalKinds: Object.keys(refusals) });
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = decisionLog(createLog({ level: 'info', stream: { write } }));
  const server = buildServer({ answer, tls, limits: { ...defaultLimits, ...limits }, metrics, log, now: () => performance.now() });
  return { ...server, metrics, lines, samples: () => samplesOf(registry) };
}

export type TestServer = ReturnType<typeof newServer>;

/** Every sample above zero, by its line in the exposition: `name{labels}` to value. */
async function samplesOf(registry: Registry): Promise<Record<string, number>> {
  const text = await registry.metrics();
  const samples = text.matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm);
  return Object.fromEntries([...samples].map(([, name = '', value]) => [name, Number(value)] as const).filter(([, value]) => value !== 0));
}

/** What was refused so far: kind to count. */
export async function refusedBy(server: TestServer): Promise<Record<string, number>> {
  const entries = Object.entries(await server.samples()).flatMap(([name, value]) => {
    const kind = /^sallyport_refused_inputs_total\{kind="(\w+)"\}$/.exec(name)?.[1];
    return kind === undefined ? [] : [[kind, value] as const];
  });
  return Object.fromEntries(entries);
}

export async function listen(server: TestServer): Promise<number> {
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  return (server.app.server.address() as AddressInfo).port;
}

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** Posts a review over TLS. Rejects when the connection ends without an answer. */
export async function post(port: number, body: unknown, options: RequestOptions & { agent?: Agent } = {}): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  const call = request({ host: '127.0.0.1', port, path: '/validate', method: 'POST', headers, ca: pair.authority, ...options });
  // Of a connection that breaks after the answer nobody needs to hear.
  call.on('error', () => {});
  call.end(typeof body === 'string' ? body : JSON.stringify(body));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

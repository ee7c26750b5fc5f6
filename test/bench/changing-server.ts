import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from '@prometheus-io/client';
import type { Client } from '../../src/cluster/client.ts';
import { systemClock } from '../../src/cluster/clock.ts';
import { exceptionsPath, guardrailsPath, objectPolicies } from '../../src/commands/serve/objects.ts';
import type { Json, JsonObject } from '../../src/kube/json.ts';
import { createLog, decisionLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { judgeRequest } from '../../src/webhook/judge-request.ts';
import { refusals } from '../../src/webhook/refusal.ts';
import { buildServer, defaultLimits } from '../../src/webhook/server.ts';

/**
 * The admission server over a made-up API server in this process, which holds a thousand guardrails and ten thousand exceptions and changes so
 * many of the guardrails each second: `node changing-server.ts CERT KEY PER_SECOND PORT`.
 */
const [cert = '', key = '', perSecond = '0', port = ''] = process.argv.slice(2);

const apiVersion = 'sallyport.dev/v1alpha1';
const GUARDRAILS = 1_000;
const MATCHING = 10;

const guardrail = (index: number, generation: number): JsonObject => ({
  apiVersion,
  kind: 'Guardrail',
  metadata: { name: `g-${index}`, uid: `g-${index}`, generation, resourceVersion: String(generation) },
  spec: {
    title: `version ${generation}`,
    mode: 'Enforce',
    exceptions: { namespaces: ['team-*'] },
    ...(index >= MATCHING && { match: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `team-${index % 100}` } } } }),
    rules: [{ check: 'privileged' }, { check: 'host-namespaces' }],
  },
});

const exception = (index: number): JsonObject => ({
  apiVersion,
  kind: 'GuardrailException',
  metadata: { name: `e-${index}`, namespace: `team-${index % 100}`, uid: `e-${index}`, generation: 1, resourceVersion: '1' },
  spec: {
    guardrail: `g-${index % GUARDRAILS}`,
    allRules: true,
    match: { name: `app-${index}-*` },
    reason: 'a reason',
    owner: 'an owner',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  },
});

const lists: Readonly<Record<string, readonly JsonObject[]>> = {
  [guardrailsPath]: Array.from({ length: GUARDRAILS }, (_, index) => guardrail(index, 1)),
  [exceptionsPath]: Array.from({ length: 10_000 }, (_, index) => exception(index)),
  '/api/v1/namespaces': [{ metadata: { name: 'shop', resourceVersion: '1', labels: { 'kubernetes.io/metadata.name': 'shop' } } }],
};

const client: Client = {
  server: 'https://made-up',
  close: () => Promise.resolve(),
  request: async (_method, path) => ({
    status: 200,
    body: { metadata: { resourceVersion: '1' }, items: [...(lists[pathOf(path)] ?? [])] },
  }),
  stream: (path, { signal }) => (pathOf(path) === guardrailsPath ? changes(signal) : silence(signal)),
};

const pathOf = (path: string): string => path.split('?')[0] ?? '';

/** Late ones are caught up with, so that the rate holds. */
async function* changes(signal: AbortSignal): AsyncGenerator<Json> {
  const start = performance.now();
  for (let sent = 0; !signal.aborted;) {
    const due = ((performance.now() - start) / 1000) * Number(perSecond);
    // As they come from the network: parsed one by one.
    for (; sent < due; sent++)
      yield JSON.parse(JSON.stringify({ type: 'MODIFIED', object: guardrail(sent % GUARDRAILS, sent + 2) })) as Json;
    await sleep(5, undefined, { signal }).catch(() => undefined);
  }
}

// eslint-disable-next-line require-yield
async function* silence(signal: AbortSignal): AsyncGenerator<Json> {
  await sleep(3_600_000, undefined, { signal }).catch(() => undefined);
}

const metrics = createMetrics({ registry: new Registry(), version: '', refusalKinds: Object.keys(refusals) });
const log = createLog({ level: 'error' });
const now = () => new Date();
const files = { guardrails: [], exceptions: [], ceiling: 'Enforce' as const, maxLifetime: 90 * 86_400_000 };
const deps = {
  client,
  clock: systemClock,
  files: { current: () => files, onChange: () => undefined },
  upstream: [],
  now,
  log,
  metrics: metrics.policy,
};
const stop = new AbortController();
process.once('SIGTERM', () => process.exit(0));
const policies = objectPolicies(deps, stop.signal);
await policies.ready;
const { app } = buildServer({
  answer: judgeRequest({
    inForce: policies.set,
    facts: policies.facts,
    policies: policies.context,
    ...(policies.learn && { learn: policies.learn }),
    now: () => performance.now(),
  }),
  tls: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') },
  limits: defaultLimits,
  metrics,
  log: decisionLog(log),
  now: () => performance.now(),
});
await app.listen({ host: '127.0.0.1', port: Number(port) });

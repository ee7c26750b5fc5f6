import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Registry } from '@prometheus-io/client';
import type { GuardrailSet } from '../policy/guardrail-set.ts';
import { watchEventLoop } from '../telemetry/event-loop.ts';
import { createLog, decisionLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createOpsServer } from '../telemetry/ops-server.ts';
import { drain } from '../webhook/drain.ts';
import { judgeRequest } from '../webhook/judge-request.ts';
import { refusals } from '../webhook/refusal.ts';
import { buildServer, defaultLimits } from '../webhook/server.ts';
import { checkTls, swapTls } from '../webhook/tls.ts';
import type { TlsMaterial } from '../webhook/tls.ts';
import { FlagError } from './flags.ts';
import type { Io } from './io.ts';
import { policySet } from './policy-flags.ts';
import { serveOptions } from './serve/options.ts';
import type { Address, ServeOptions } from './serve/options.ts';
import { tlsSource } from './serve/tls-source.ts';

/** What is in flight when the drain delay is over may take this long: the API server waits no longer for a webhook. */
const GRACE_MS = 30_000;

/** `sallyport serve`: answers admission reviews until it is told to end, then 0; 2 where it cannot start. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    const options = serveOptions(argv);
    const { set, errors } = policySet(options.policy, io);
    for (const { file, line, column, message } of errors) io.stderr(`sallyport serve: ${file}:${line}:${column}: ${message}\n`);
    if (errors.length > 0) return 2;
    await serve(options, set, io);
    return 0;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport serve: ${error.message}\n`);
    return 2;
  }
}

async function serve(options: ServeOptions, set: GuardrailSet, io: Io): Promise<void> {
  const stop = io.termination();
  const log = createLog({ level: options.logLevel });
  const metrics = createMetrics({ registry: new Registry(), version: io.version, refusalKinds: Object.keys(refusals) });
  metrics.policy.loaded({ digest: set.digest, guardrails: set.guardrails.length });
  const certificate = { expires: null as Date | null };
  const loop = watchEventLoop({ now: () => performance.now() });
  const ops = createOpsServer({
    conditions: [{ name: 'certificate', failing: () => certificateFault(certificate.expires, io.now()) }],
    loop,
    expose: metrics.expose,
  });
  await listening(() => ops.listen(options.opsListen.port, options.opsListen.host), 'ops-listen', options.opsListen);

  const cluster = options.cluster ? await (await import('./serve/cluster.ts')).joinCluster(options, io, log) : null;
  const source = await tlsSource(
    options.tls,
    cluster?.managed ?? null,
    { hosts: options.hosts, now: io.now, log, failed: metrics.certificate.failed },
    stop,
  );
  const clientCa = options.client.ca === undefined ? {} : { clientCa: readPem(resolve(io.cwd, options.client.ca), 'client-ca') };
  const check = { ...clientCa, ...(options.client.name !== undefined && { clientName: options.client.name }) };
  const server = buildServer({
    answer: judgeRequest(() => set),
    tls: { ...source.material, ...check },
    limits: defaultLimits,
    metrics,
    log: decisionLog(log),
    now: () => performance.now(),
  });
  const { host, port } = options.listen;
  await listening(() => server.app.listen({ host, port }), 'listen', options.listen);
  inForce(checkTls(source.material), certificate, metrics);
  source.follow((material: TlsMaterial) => {
    inForce(swapTls(server.app.server, { ...material, ...check }), certificate, metrics);
    log.info({ expires: certificate.expires }, 'a new certificate is in force');
  }, stop);

  const standing = cluster?.stand({ inForce: () => set, bundle: source.bundle, counted: metrics.registration }, stop);
  greet(options, set, server.app.server.address() as AddressInfo, io);
  if (!stop.aborted) await once(stop, 'abort');
  log.info('told to end: finishing what is in flight');
  // First the lease, and a registration made for this run: nobody should be sent here any more.
  await standing;
  await drain({ server, ops, delayMs: options.drainMs, graceMs: GRACE_MS });
  loop.stop();
  await cluster?.close();
}

function inForce(expires: Date, certificate: { expires: Date | null }, metrics: Metrics): void {
  certificate.expires = expires;
  metrics.certificate.expires(expires);
}

function certificateFault(expires: Date | null, now: Date): string | null {
  if (expires === null) return 'there is none yet';
  return expires > now ? null : `expired at ${expires.toISOString()}`;
}

async function listening(listen: () => Promise<unknown>, flag: string, { host, port }: Address): Promise<void> {
  try {
    await listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'the port is taken; choose another' : `cannot listen there (${code ?? 'unknown'})`;
    throw new FlagError(`--${flag} ${host}:${port}: ${why}`, { cause: error });
  }
}

function readPem(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FlagError(`--${flag} ${path}: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, {
      cause: error,
    });
  }
}

/** For the person at the terminal; the log on standard output stays JSON. */
function greet(options: ServeOptions, set: GuardrailSet, { address, family, port }: AddressInfo, io: Io): void {
  const host = /^(::|0\.0\.0\.0)$/.test(address) ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  const url = `https://${host}:${port}/validate`;
  const names = set.guardrails.map(({ name, mode }) => `${name} (${mode})`).join(', ');
  io.stderr(`Sallyport ${io.version} answers at ${url}\n  guardrails: ${names}\n  digest: ${set.digest}\n`);
  if (options.tls.from !== 'self-signed') return;
  const sample = relative(io.cwd, fileURLToPath(new URL('policies/samples/bad-pod.json', io.root)));
  io.stderr(`See it refuse a pod:\n  curl -sk ${url} -H 'Content-Type: application/json' --data @${sample}\n`);
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import type { FilePolicies } from '../policy/store.ts';
import { systemClock } from '../cluster/clock.ts';
import { drain } from '../webhook/drain.ts';
import { FlagError } from './flags.ts';
import type { Io } from './io.ts';
import { policySet } from './policy-flags.ts';
import type { Cluster } from './serve/cluster.ts';
import { greeting } from './serve/greeting.ts';
import { observe } from './serve/observation.ts';
import { filePolicies } from './serve/policies.ts';
import { followPolicyFiles } from './serve/policy-files.ts';
import { serveOptions } from './serve/options.ts';
import type { ServeOptions } from './serve/options.ts';
import { tlsSource } from './serve/tls-source.ts';
import { openWebhook } from './serve/webhook.ts';

/** What is in flight when the drain delay is over may take this long: the API server waits no longer for a webhook. */
const GRACE_MS = 30_000;
/** Giving back the lease may take this long: an API server that is away must not hold up the end. */
const RESIGN_MS = 5_000;

/** `sallyport serve`: answers admission reviews until it is told to end, then 0; 2 where it cannot start. */
export async function run(argv: string[], io: Io): Promise<number> {
  if (!youngGenerationIsSet(io)) setFlagsFromString('--semi-space-growth-factor=1');
  try {
    const options = serveOptions(argv);
    const { files, errors, warnings } = policySet(options.policy, io);
    for (const { file, line, column, message } of errors) io.stderr(`sallyport serve: ${file}:${line}:${column}: ${message}\n`);
    if (errors.length > 0) return 2;
    for (const { file, line, column, message } of warnings) io.stderr(`sallyport serve: warning: ${file}:${line}:${column}: ${message}\n`);
    await serve(options, files, io, io.termination());
    return 0;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport serve: ${error.message}\n`);
    return 2;
  }
}

/**
 * Little of what a request makes outlives it: a young generation that grows is memory that nobody gives back. The image sets its size, which V8
 * takes on the command line only; elsewhere it stays as small as it starts.
 */
const youngGenerationIsSet = (io: Io): boolean =>
  [...(io.nodeFlags ?? []), io.env['NODE_OPTIONS'] ?? ''].some((flags) => flags.includes('--max-semi-space-size'));

async function serve(options: ServeOptions, files: FilePolicies, io: Io, stop: AbortSignal): Promise<void> {
  const observation = await observe(options, io);
  const { log, metrics, ops } = observation;
  const cluster = await join(options, io, observation.log);
  const followed = followPolicyFiles(options.policy, files, { io, clock: systemClock, log, failed: metrics.policy.failed }, stop);
  observation.reading(followed);
  const objects = options.objects ? (cluster?.follow(followed, metrics.policy, stop) ?? null) : null;
  if (objects !== null) observation.following(objects);
  const policies = objects ?? filePolicies({ files: followed, clock: systemClock, now: io.now, log, loaded: metrics.policy.loaded }, stop);
  const { digest, guardrails } = policies.set();
  metrics.policy.loaded({ digest, guardrails: guardrails.length });
  const tls = { hosts: options.hosts, now: io.now, log, failed: metrics.certificate.failed };
  const source = await tlsSource(options.tls, cluster?.managed ?? null, tls, stop).catch(unlessStopped(stop));
  if (source === null) return;
  const server = await openWebhook(options, policies, source, observation, {
    cwd: io.cwd,
    answered: cluster?.tellOwners(stop),
    signal: stop,
  });
  const standing = cluster?.stand({ policies, objects, bundle: source.bundle, counted: metrics.registration }, stop);
  io.stderr(greeting(policies.set(), server.app.server.address() as AddressInfo, options.tls.from === 'self-signed', io));
  if (!stop.aborted) await once(stop, 'abort');
  log.info('told to end: finishing what is in flight');
  ops.notReady('shutting down');
  // A registration made for this run goes before the server does.
  await Promise.race([standing, sleep(RESIGN_MS)]);
  await drain({ server, ops, delayMs: options.drainMs, graceMs: GRACE_MS });
  observation.stop();
  await cluster?.close();
}

/** The client library is slow to load, so only who needs a cluster pays for it. */
async function join(options: ServeOptions, io: Io, log: Logger): Promise<Cluster | null> {
  if (!options.cluster) return null;
  const { joinCluster } = await import('./serve/cluster.ts');
  return joinCluster(options, io, log);
}

/** Told to end while waiting for a certificate: nothing is wrong, there is just nothing to finish. */
const unlessStopped = (stop: AbortSignal) => (error: unknown) => {
  if (stop.aborted) return null;
  throw error;
};

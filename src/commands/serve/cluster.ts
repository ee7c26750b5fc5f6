import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { connect } from '../../cluster/client.ts';
import { systemClock } from '../../cluster/clock.ts';
import { pace } from '../../cluster/pace.ts';
import { tlsSecret } from '../../cluster/tls-secret.ts';
import type { Io } from '../io.ts';
import type { LeaderOptions } from './leader.ts';
import { stand } from './leader.ts';
import { managedTls } from './managed-tls.ts';
import type { ManagedTls } from './managed-tls.ts';
import type { PolicyMetrics } from '../../telemetry/metrics.ts';
import { objectPolicies } from './objects.ts';
import type { ObjectPolicies } from './objects.ts';
import type { ServeOptions } from './options.ts';
import type { PolicyFiles } from './policy-files.ts';
import { ownerEvents } from './owner-events.ts';

/** Between two Events on owners. With the leader's own writes these stay under five a second for up to three servers. */
const OWNER_EVERY_MS = 3_000;

/** What the server does with a cluster. In a file of its own, since the client library is slow to load and not always wanted. */
export interface Cluster {
  /** null where the certificate does not come from a Secret. */
  readonly managed: ManagedTls | null;
  /** Guardrails, exceptions and namespaces of the cluster, beside these files, until the signal aborts. */
  readonly follow: (files: PolicyFiles, metrics: PolicyMetrics, signal: AbortSignal) => ObjectPolicies;
  /** Leaves Events on owners of refused pods; for requests that are known to come from the API server. */
  readonly tellOwners: (signal: AbortSignal) => ReturnType<typeof ownerEvents>;
  readonly stand: (leader: Pick<LeaderOptions, 'policies' | 'objects' | 'bundle' | 'counted'>, signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @throws ClusterError where no cluster is named */
export async function joinCluster(options: ServeOptions, io: Io, log: Logger): Promise<Cluster> {
  const kubeconfig = options.kubeconfig === undefined ? undefined : resolve(io.cwd, options.kubeconfig);
  const client = connect({ kubeconfig, env: io.env });
  const create = options.register?.by === 'url';
  const managed =
    options.tls.from === 'secret'
      ? managedTls({ secret: tlsSecret(client, { ...options.tls.secret, create }), hosts: options.hosts, now: io.now, log })
      : null;
  return {
    managed,
    follow: (files, metrics, signal) =>
      objectPolicies({ client, clock: systemClock, files, upstream: options.upstream, now: io.now, log, metrics }, signal),
    tellOwners: (signal) => ownerEvents({ client, clock: systemClock, now: io.now, pace: pace(systemClock, OWNER_EVERY_MS), log }, signal),
    stand: (leader, signal) => stand({ ...leader, client, options, managed, log, now: io.now }, signal),
    close: () => client.close(),
  };
}

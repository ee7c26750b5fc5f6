import { Registry } from '@prometheus-io/client';
import type { Logger } from 'pino';
import { watchEventLoop } from '../../telemetry/event-loop.ts';
import { createLog } from '../../telemetry/log.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { createOpsServer } from '../../telemetry/ops-server.ts';
import type { OpsServer } from '../../telemetry/ops-server.ts';
import { refusals } from '../../webhook/refusal.ts';
import type { Io } from '../io.ts';
import { listening } from './listening.ts';
import type { ObjectPolicies } from './objects.ts';
import type { PolicyFiles } from './policy-files.ts';
import type { ServeOptions } from './options.ts';

/** What can be seen of the server from outside: its log, its metrics, its health. */
export interface Observation {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly ops: OpsServer;
  /** A certificate is in force until then. */
  readonly certified: (expires: Date) => void;
  /** From now on, readiness also hangs on the guardrails of the cluster having been read. */
  readonly following: (objects: Pick<ObjectPolicies, 'fault' | 'age'>) => void;
  /** From now on, `/readyz?verbose` tells of policy files that are not in force as they are. */
  readonly reading: (files: Pick<PolicyFiles, 'fault'>) => void;
  readonly stop: () => void;
}

/** Answers probes from the first moment on: alive, and not ready. @throws FlagError */
export async function observe(options: ServeOptions, { version, now }: Pick<Io, 'version' | 'now'>): Promise<Observation> {
  const metrics = createMetrics({ registry: new Registry(), version, refusalKinds: Object.keys(refusals) });
  const log = createLog({ level: options.logLevel });
  const loop = watchEventLoop({ now: () => performance.now() });
  let expires: Date | null = null;
  const certificate = { name: 'certificate', failing: () => certificateFault(expires, now()) };
  let objects: Pick<ObjectPolicies, 'fault' | 'age'> | null = null;
  let files: Pick<PolicyFiles, 'fault'> | null = null;
  const policies = {
    name: 'policies',
    failing: () => objects?.fault() ?? null,
    note: () => [objects && `as the API server had them ${seconds(objects.age())} s ago`, fileNote(files)].filter(Boolean).join('; '),
  };
  const ops = createOpsServer({ conditions: [certificate, policies], loop, expose: metrics.expose });
  await listening(({ port, host }) => ops.listen(port, host), 'ops-listen', options.opsListen);
  return {
    log,
    metrics,
    ops,
    certified(until) {
      expires = until;
      metrics.certificate.expires(until);
    },
    following(followed) {
      objects = followed;
      metrics.policy.aged(() => seconds(followed.age()));
    },
    reading(read) {
      files = read;
    },
    stop() {
      loop.stop();
      log.flush();
    },
  };
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 1000);

function fileNote(files: Pick<PolicyFiles, 'fault'> | null): string {
  const fault = files?.fault() ?? null;
  return fault === null ? '' : `the files as they are now are not in force: ${fault}`;
}

function certificateFault(expires: Date | null, now: Date): string | null {
  if (expires === null) return 'there is none yet';
  return expires > now ? null : `expired at ${expires.toISOString()}`;
}

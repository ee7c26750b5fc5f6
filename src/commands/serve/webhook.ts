import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decisionLog } from '../../telemetry/log.ts';
import { judgeRequest } from '../../webhook/judge-request.ts';
import { buildServer, defaultLimits } from '../../webhook/server.ts';
import type { ServerDeps, WebhookServer } from '../../webhook/server.ts';
import type { ClientCheck, TlsMaterial } from '../../webhook/tls.ts';
import { checkTls, swapTls } from '../../webhook/tls.ts';
import { FlagError } from '../flags.ts';
import type { Io } from '../io.ts';
import { listening } from './listening.ts';
import type { Observation } from './observation.ts';
import type { ServeOptions } from './options.ts';
import type { PoliciesInForce } from './policies.ts';
import type { TlsSource } from './tls-source.ts';

/** Opens the webhook: listening, judging by the set in force, its certificate followed until the signal aborts. @throws FlagError */
export async function openWebhook(
  options: ServeOptions,
  policies: PoliciesInForce,
  source: TlsSource,
  { log, metrics, certified }: Observation,
  { cwd, answered, signal }: Pick<Io, 'cwd'> & { answered: ServerDeps['answered']; signal: AbortSignal },
): Promise<WebhookServer> {
  const check = clientCheck(options.client, cwd);
  const server = buildServer({
    answer: judgeRequest({
      inForce: policies.set,
      facts: policies.facts,
      policies: policies.context,
      now: () => performance.now(),
      ...(policies.learn && { learn: policies.learn }),
    }),
    // What a request claims is written nowhere unless a certificate says that the API server sent it.
    answered: check.clientCa === undefined ? undefined : answered,
    tls: { ...source.material, ...check },
    limits: defaultLimits,
    metrics,
    log: decisionLog(log),
    now: () => performance.now(),
  });
  await listening((address) => server.app.listen({ ...address }), 'listen', options.listen);
  certified(checkTls(source.material));
  source.follow(renew, signal);
  return server;

  function renew(material: TlsMaterial): void {
    const expires = swapTls(server.app.server, { ...material, ...check });
    certified(expires);
    log.info({ expires }, 'a new certificate is in force');
  }
}

function clientCheck({ ca, name }: ServeOptions['client'], cwd: string): ClientCheck {
  if (ca === undefined) return {};
  return { clientCa: readPem(resolve(cwd, ca)), ...(name !== undefined && { clientName: name }) };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new FlagError(`--client-ca ${path}: the file cannot be read (${code})`, { cause: error });
  }
}

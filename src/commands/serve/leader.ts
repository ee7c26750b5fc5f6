import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Client } from '../../cluster/client.ts';
import { systemClock } from '../../cluster/clock.ts';
import { elect, removeCreatedLease } from '../../cluster/lease.ts';
import type { RegistrationEvent } from '../../cluster/registration.ts';
import { keepRegistration, removeCreated } from '../../cluster/registration.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { webhookEntries } from '../../policy/registration.ts';
import { registeredGuardrail } from '../../policy/surface.ts';
import type { ManagedTls } from './managed-tls.ts';
import type { Registered, ServeOptions } from './options.ts';

export interface LeaderOptions {
  readonly client: Client;
  readonly options: ServeOptions;
  readonly inForce: () => GuardrailSet;
  readonly bundle: () => string | null;
  readonly managed: ManagedTls | null;
  readonly log: Logger;
  readonly counted: (event: RegistrationEvent['type']) => void;
}

/** Stands for the lease until the signal aborts; the holder keeps the registration and renews certificates. Resolves when the lease is given back. */
export async function stand(
  { client, options, inForce, bundle, managed, log, counted }: LeaderOptions,
  signal: AbortSignal,
): Promise<void> {
  const namespace = homeNamespace(options);
  const dev = options.register?.by === 'url';
  await elect(
    client,
    systemClock,
    {
      namespace,
      name: options.registration,
      identity: `${hostname()}_${randomUUID()}`,
      // The chart ships it; where a tool leaves Leases out of what it applies (Argo CD), we make our own if we may.
      create: true,
      onTrouble: (err) => log.warn({ err }, 'the lease cannot be kept; trying again'),
      async onStarted(term) {
        log.info('leading: this replica keeps the registration and renews certificates');
        if (managed) managed.lead = true;
        await keep(term);
      },
      onStopped() {
        if (managed) managed.lead = false;
        log.info('no longer leading');
      },
    },
    signal,
  );
  if (dev) await tidy();

  /** A laptop leaves nothing behind of what it had to make. */
  async function tidy(): Promise<void> {
    const made = [removeCreated(client, options.registration), removeCreatedLease(client, { namespace, name: options.registration })];
    for (const removal of await Promise.allSettled(made)) {
      if (removal.status === 'rejected')
        log.warn({ err: removal.reason as unknown }, 'what this server had made for itself could not be removed');
    }
  }

  async function keep(term: AbortSignal): Promise<void> {
    const { register } = options;
    // Where nothing is registered there is nothing to publish: whoever registers by hand reads the bundle in the Secret.
    if (register === null) managed?.published([]);
    if (register === null) return untilAborted(term);
    await keepRegistration(
      client,
      systemClock,
      {
        name: options.registration,
        create: dev,
        // A release has a Service or a Secret; what a laptop registers without either belongs to nobody, and is removed at exit.
        owner: register.by === 'service' || options.tls.from === 'secret' ? namespace : null,
        wanted: () => entries(register),
        onEvent,
      },
      term,
    ).done;
  }

  function entries(register: Registered): readonly object[] {
    const pem = bundle();
    return webhookEntries({
      guardrails: inForce().guardrails.map((guardrail) => registeredGuardrail(guardrail, Date.now())),
      client: register.by === 'url' ? { url: register.url.href } : { service: { ...register.service, port: 443, path: '/validate' } },
      caBundle: pem === null ? null : Buffer.from(pem).toString('base64'),
      excludeNamespaces: options.excludeNamespaces,
    });
  }

  function onEvent(event: RegistrationEvent): void {
    counted(event.type);
    if ('webhooks' in event) managed?.published(event.webhooks.map(bundleOf));
    if (event.type === 'trouble') log.warn({ err: event.error }, 'the registration cannot be kept; trying again');
    else if (event.type !== 'in-step')
      log[event.type === 'written' ? 'info' : 'warn']({ registration: options.registration }, told[event.type]);
  }
}

const told = {
  written: 'registered with the API server',
  repaired: 'the registration had been changed by somebody else; repaired',
  missing: 'there is no such registration, so the API server calls nobody; create it again to switch the guardrails on',
} as const;

/** The namespace of the release: where the Lease is. */
function homeNamespace({ register, tls }: ServeOptions): string {
  if (register?.by === 'service') return register.service.namespace;
  return tls.from === 'secret' ? tls.secret.namespace : 'default';
}

function bundleOf(webhook: Json): string {
  const config = isObject(webhook) ? webhook['clientConfig'] : null;
  const bundle = isObject(config) ? config['caBundle'] : null;
  return typeof bundle === 'string' ? bundle : '';
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

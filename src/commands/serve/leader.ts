import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Client } from '../../cluster/client.ts';
import { systemClock } from '../../cluster/clock.ts';
import { elect, removeCreatedLease } from '../../cluster/lease.ts';
import type { RegistrationEvent } from '../../cluster/registration.ts';
import { pace } from '../../cluster/pace.ts';
import { isRegistered, keepRegistration, removeCreated } from '../../cluster/registration.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { webhookEntries } from '../../policy/registration.ts';
import { registeredGuardrail } from '../../policy/surface.ts';
import { registeredUpstream } from '../../policy/upstream/registered-upstream.ts';
import { announceFlips } from './announce.ts';
import type { ManagedTls } from './managed-tls.ts';
import type { ObjectPolicies } from './objects.ts';
import type { Registered, ServeOptions } from './options.ts';
import type { PoliciesInForce } from './policies.ts';
import { keepStatuses } from './statuses.ts';

/** Between two writes of a status or an Event: with the Events on owners of three servers they stay under five a second whatever happens. */
const WRITE_EVERY_MS = 260;

/** Milliseconds from the start of the process in which it may make a registration by --register-url. */
const CREATE_WITHIN_MS = 60_000;

export interface LeaderOptions {
  readonly client: Client;
  readonly options: ServeOptions;
  readonly policies: PoliciesInForce;
  /** The objects among the policies, whose status the leader keeps; null where there are files alone. */
  readonly objects: ObjectPolicies | null;
  readonly now: () => Date;
  readonly bundle: () => string | null;
  readonly managed: ManagedTls | null;
  readonly log: Logger;
  readonly counted: (event: RegistrationEvent['type']) => void;
}

/** Stands for the lease until the signal aborts; the holder keeps the registration and renews certificates. Resolves when the lease is given back. */
export async function stand(
  { client, options, policies, objects, now, bundle, managed, log, counted }: LeaderOptions,
  signal: AbortSignal,
): Promise<void> {
  const namespace = homeNamespace(options);
  const dev = options.register?.by === 'url';
  const mayCreate = dev ? await creation() : () => false;
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
        await Promise.all([keep(term), tend(term)]);
      },
      onStopped() {
        if (managed) managed.lead = false;
        log.info('no longer leading');
      },
    },
    signal,
  );
  if (dev) await tidy();

  /** Where there is none at the start, the first term makes one. Whoever leads later leaves out what somebody has deleted: that was meant. */
  async function creation(): Promise<() => boolean> {
    const started = systemClock.now();
    let may = !(await isRegistered(client, options.registration, signal).catch(() => false));
    return () => {
      const now = may && systemClock.now() - started < CREATE_WITHIN_MS;
      may = false;
      return now;
    };
  }

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
    const registration = keepRegistration(
      client,
      systemClock,
      {
        name: options.registration,
        create: mayCreate(),
        // A release has a Service or a Secret; what a laptop registers without either belongs to nobody, and is removed at exit.
        owner: register.by === 'service' || options.tls.from === 'secret' ? namespace : null,
        wanted: () => entries(register),
        onEvent,
      },
      term,
    );
    policies.onChange(() => registration.kick(), term);
    await registration.done;
  }

  /** Tells in the cluster what has become of its objects. */
  async function tend(term: AbortSignal): Promise<void> {
    const paced = pace(systemClock, WRITE_EVERY_MS);
    policies.onFlip((flips) => void announceFlips(flips, { client, pace: paced, now, log }, term), term);
    if (objects === null) return;
    await keepStatuses({ client, clock: systemClock, objects, now, pace: paced, log }, term);
  }

  function entries(register: Registered): readonly object[] | null {
    // Half a set would be registered as half of what is wanted.
    if (objects !== null && objects.fault() !== null) return null;
    const pem = bundle();
    const { guardrails, upstream } = policies.set();
    const time = now().getTime();
    return webhookEntries({
      guardrails: [
        ...guardrails.map((guardrail) => registeredGuardrail(guardrail, time)),
        ...(upstream?.policies ?? []).map((policy) => registeredUpstream(policy)),
      ],
      policyKinds: objects !== null,
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

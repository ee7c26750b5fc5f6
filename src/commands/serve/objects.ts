import type { Logger } from 'pino';
import type { Client } from '../../cluster/client.ts';
import type { Clock } from '../../cluster/clock.ts';
import { ClusterError } from '../../cluster/error.ts';
import { reflect } from '../../cluster/reflector.ts';
import { keyOf, trimmed } from '../../cluster/object-store.ts';
import type { Reflector, ReflectorOptions } from '../../cluster/reflector.ts';
import type { NamespaceFacts } from '../../engine/facts.ts';
import type { JsonObject } from '../../kube/json.ts';
import { labelsOf } from '../../kube/selector.ts';
import { faultLine, generationOf, metadataOf, metadataText } from '../../policy/policy-object.ts';
import type { GuardrailReview, Policies, RefusedUpstream } from '../../policy/store.ts';
import { preparation } from '../../policy/preparation.ts';
import { policyStore } from '../../policy/store.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Flip } from './flips.ts';
import { watchFlips } from './flips.ts';
import { learner } from './learn.ts';
import { listeners } from './listeners.ts';
import type { PolicyFiles } from './policy-files.ts';
import type { PoliciesInForce } from './policies.ts';
import { policyContext } from './policies.ts';
import type { Project } from './upstream-objects.ts';
import { followUpstream } from './upstream-objects.ts';

export const guardrailsPath = '/apis/sallyport.dev/v1alpha1/guardrails';
export const exceptionsPath = '/apis/sallyport.dev/v1alpha1/guardrailexceptions';

/**
 * Changes within the least make one set, and from one set to the next it takes the longer the more a set costs: a stream of changes takes less
 * than a hundredth of the time, and holds up fewer than one request of a hundred.
 */
const SETTLE_MS = { least: 100, most: 1500, timesCost: 250 };
/** A copy that was not confirmed for so long is out of touch; in quiet times it is confirmed every half minute. */
const STALE_MS = 60_000;

export interface ObjectDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly files: Pick<PolicyFiles, 'current' | 'onChange'>;
  /** Projects whose policies are judged by too. */
  readonly upstream: readonly Project[];
  readonly now: () => Date;
  readonly log: Logger;
  readonly metrics: Metrics['policy'];
}

/** Policies of files and of the cluster's objects, as one set. */
export interface ObjectPolicies extends PoliciesInForce {
  /** The set, and what became of each object. */
  readonly latest: () => Policies;
  /** Resolves when all objects have been read once, or there are none of their kinds. */
  readonly ready: Promise<void>;
  /** Why nobody should be judged yet, or null. */
  readonly fault: () => string | null;
  /** Milliseconds since the API server last confirmed what is held. */
  readonly age: () => number;
}

/** Follows guardrails, exceptions and namespaces until the signal aborts. */
export function objectPolicies({ client, clock, files, upstream, now, log, metrics }: ObjectDeps, signal: AbortSignal): ObjectPolicies {
  const ahead = preparation();
  const combine = policyStore(ahead);
  const changed = listeners<void>();
  const flipped = listeners<readonly Flip[]>();
  let latest = combine(files.current(), [], [], now().getTime());
  let settling: NodeJS.Timeout | null = null;
  let read = false;
  let broken = '';
  let left = '[]';
  const known = new WeakMap<JsonObject, NamespaceFacts>();
  let cost = 0;
  let renewed = -Infinity;
  const trouble = troubleLog(log, () => age());
  const follow = (path: string, options: Pick<ReflectorOptions, 'transform' | 'onChange'>) =>
    reflect(client, clock, { path, ...options, onTrouble: (error) => trouble.heard(path, error) }, signal);
  const guardrails: Reflector = follow(guardrailsPath, {
    transform: (object) => sharing(guardrails, object),
    onChange(changes) {
      for (const { type, object } of changes) if (type !== 'delete') ahead.prepare(object, files.current().ceiling);
      settle();
    },
  });
  const exceptions: Reflector = follow(exceptionsPath, { transform: (object) => sharing(exceptions, object), onChange: settle });
  const namespaces = follow('/api/v1/namespaces', { transform: trimmed });
  const others = followUpstream(
    client,
    clock,
    upstream,
    { onChange: settle, onTrouble: (path, error) => trouble.heard(path, error) },
    signal,
  );
  const reflectors = [guardrails, exceptions, namespaces, ...others];
  const age = (): number => Math.max(...reflectors.map((reflector) => reflector.age()));

  files.onChange(() => {
    if (read) renew();
  }, signal);
  void watchFlips({ guardrails: () => latest.set.guardrails, clock, now, log }, tellFlips, signal);
  void watchSilence();
  return {
    set: () => latest.set,
    latest: () => latest,
    facts: () => ({ now: now().getTime(), namespace: namespaceFacts }),
    learn: learner(client, () => clock.now()),
    context: () => policyContext(files.current(), latest.documents, now),
    onChange: changed.add,
    onFlip: flipped.add,
    ready: Promise.all(reflectors.map(({ hasSynced }) => hasSynced)).then(() => {
      read = true;
      renew();
    }),
    fault: () => (read ? null : 'the guardrails of the cluster have not been read yet'),
    age,
  };

  /** One and the same for as long as the namespace does not change: what its labels select is remembered under it. */
  function namespaceFacts(name: string): NamespaceFacts | undefined {
    const object = namespaces.get(name);
    if (object === undefined) return undefined;
    const found = known.get(object) ?? { labels: labelsOf(object) ?? {}, object };
    known.set(object, found);
    return found;
  }

  /** A burst of changes makes one set. */
  function settle(): void {
    if (!read || settling !== null) return;
    settling = setTimeout(
      () => {
        settling = null;
        renew();
      },
      Math.max(SETTLE_MS.least, Math.min(SETTLE_MS.most, cost * SETTLE_MS.timesCost) - (clock.now() - renewed)),
    ).unref();
  }

  function renew(): void {
    if (signal.aborted) return;
    const before = latest.set.digest;
    const started = clock.now();
    try {
      latest = combine(
        files.current(),
        guardrails.items(),
        exceptions.items(),
        now().getTime(),
        others.flatMap(({ items }) => items()),
      );
    } catch (err) {
      metrics.failed();
      log.error({ err }, 'the new set of guardrails could not be made, a fault of Sallyport; the last one stays in force');
      return;
    }
    renewed = clock.now();
    cost = renewed - started;
    const { digest, guardrails: inForce } = latest.set;
    metrics.loaded({ digest, guardrails: inForce.length });
    if (digest !== before) log.info({ digest, guardrails: inForce.length }, 'a new set of guardrails is in force');
    tellBroken(latest.guardrails.filter(({ examined }) => examined.document === null));
    tellRefused(latest.upstream);
    changed.tell();
  }

  function tellBroken(reviews: readonly GuardrailReview[]): void {
    metrics.broken(reviews.map(({ object }) => metadataText(object, 'name')));
    const now = JSON.stringify(reviews.map(({ object }) => [metadataText(object, 'uid'), metadataOf(object)['generation']]));
    if (now === broken) return;
    broken = now;
    for (const { object, examined, inForce } of reviews) {
      const faults = examined.faults.slice(0, 20).map(faultLine);
      log.warn({ guardrail: metadataText(object, 'name'), faults, inForce: inForce?.generation ?? null }, 'a guardrail is broken');
    }
  }

  function tellRefused(refused: readonly RefusedUpstream[]): void {
    const now = JSON.stringify(refused.map(({ object }) => [metadataText(object, 'uid'), metadataOf(object)['generation']]));
    if (now === left) return;
    left = now;
    for (const { object, faults } of refused)
      log.warn(
        { kind: object['kind'], policy: metadataText(object, 'name'), faults: faults.slice(0, 20).map(faultLine) },
        'a policy of another project cannot be judged by, and is not in force here',
      );
  }

  /** Silence is seen by nothing but the clock. */
  async function watchSilence(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(1000, signal);
      if (read) trouble.look();
    }
  }

  function tellFlips(flips: readonly Flip[]): void {
    flipped.tell(flips);
    changed.tell();
  }
}

/** What comes with a spec that is held already, as after each write of a status, holds on to that: one copy serves set and status. */
function sharing(held: Pick<Reflector, 'get'>, object: JsonObject): JsonObject {
  const next = trimmed(object);
  const before = held.get(keyOf(next));
  if (before === undefined || metadataText(before, 'uid') !== metadataText(next, 'uid')) return next;
  return generationOf(before) === generationOf(next) ? { ...next, spec: before['spec'] } : next;
}

/** Says once that something is amiss, and once that it is well again, however often it fails meanwhile. */
function troubleLog(log: Logger, age: () => number) {
  const told = new Set<string>();
  let stale = false;
  return {
    heard(path: string, error: unknown): void {
      const unknown = error instanceof ClusterError && error.code === 'not-found';
      const key = `${path} ${unknown}`;
      if (told.has(key)) return;
      told.add(key);
      if (unknown) log.info({ path }, 'the API server knows no such kind, so there are no objects of it; they are found when it appears');
      else log.warn({ err: error, path }, 'objects of the cluster cannot be read; trying again, and judging by what is held');
    },
    look(): void {
      const seconds = Math.round(age() / 1000);
      const now = age() > STALE_MS;
      if (now && !stale) log.warn({ seconds }, 'the API server is out of reach: judging goes on by guardrails and labels as they were');
      if (!now && stale) log.info('the API server is in reach again: guardrails and labels are as they are');
      if (!now) for (const key of told) if (key.endsWith(' false')) told.delete(key);
      stale = now;
    },
  };
}

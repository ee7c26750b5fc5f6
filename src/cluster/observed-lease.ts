import type { Client, Method, Options } from './client.ts';
import type { Clock } from './clock.ts';
import { createdMark } from './created.ts';
import { ClusterError, refusal } from './error.ts';
import { isObject } from '../kube/json.ts';
import type { JsonObject } from '../kube/json.ts';

export interface ObservedOptions {
  readonly namespace: string;
  readonly name: string;
  /** Create the Lease with the first write where it is absent. */
  readonly create: boolean;
  /** Milliseconds that a lease lasts which does not say so itself. */
  readonly duration: number;
}

/** A Lease as this process last saw it, and by its own clock. */
export interface ObservedLease {
  /** `''` where nobody holds it, or it was not seen. */
  holder(): string;
  /** Local time at which others may take it: its own duration after we first saw it as it is. */
  runsOutAt(): number;
  /** Local time at which the last write that succeeded was sent. */
  renewedAt(): number;
  read(options: Options): Promise<void>;
  /** Replaces the spec of the Lease as last seen; creates it where it was absent. Throws ClusterError. */
  write(spec: (old: JsonObject) => JsonObject, options: Options): Promise<void>;
}

export function observeLease(client: Client, clock: Clock, { namespace, name, create, duration }: ObservedOptions): ObservedLease {
  const folder = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  let seen: JsonObject | null = null;
  let changedAt = 0;
  let renewedAt = 0;

  const see = (lease: JsonObject | null) => {
    if (JSON.stringify(specOf(seen)) !== JSON.stringify(specOf(lease))) changedAt = clock.now();
    seen = lease;
  };
  const call = async (verb: keyof typeof methods, path: string, body?: JsonObject, options?: Options) => {
    const answer = await client.request(methods[verb], path, body, options);
    if (answer.status === 404) see(null);
    if (answer.status < 300 && isObject(answer.body)) return see(answer.body);
    throw refusal(`${verb} lease ${namespace}/${name}`, answer);
  };

  return {
    holder: () => holderOf(seen),
    runsOutAt() {
      if (holderOf(seen) === '') return 0;
      const { leaseDurationSeconds: seconds } = specOf(seen);
      return changedAt + (typeof seconds === 'number' ? seconds * 1000 : duration);
    },
    renewedAt: () => renewedAt,
    async read(options) {
      try {
        await call('read', `${folder}/${name}`, undefined, options);
      } catch (error) {
        if (!(error instanceof ClusterError && error.code === 'not-found' && create)) throw error;
      }
    },
    async write(spec, options) {
      const sentAt = clock.now();
      const lease = seen ?? {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, annotations: { ...createdMark } },
      };
      const body = { ...lease, spec: spec(specOf(seen)) };
      await (seen === null ? call('create', folder, body, options) : call('update', `${folder}/${name}`, body, options));
      renewedAt = sentAt;
    },
  };
}

const holderOf = (lease: JsonObject | null): string => {
  const { holderIdentity } = specOf(lease);
  return typeof holderIdentity === 'string' ? holderIdentity : '';
};

const methods = { read: 'GET', create: 'POST', update: 'PUT' } as const satisfies Record<string, Method>;

const specOf = (lease: JsonObject | null): JsonObject => (isObject(lease?.['spec']) ? lease['spec'] : {});

import { randomUUID } from 'node:crypto';
import type { Client } from './client.ts';
import { refusal } from './error.ts';

/** What an Event is about. `namespace` is absent for an object of the cluster. */
export interface Involved {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

export interface ClusterEvent {
  readonly about: Involved;
  readonly type: 'Normal' | 'Warning';
  /** One word, as `ModeChanged`. */
  readonly reason: string;
  /** Up to 1,024 characters. */
  readonly message: string;
}

/** Creates an Event: with its object, or in `default` where that has no namespace. Throws ClusterError. */
export async function createEvent(client: Client, { about, type, reason, message }: ClusterEvent, date: Date): Promise<void> {
  const namespace = about.namespace ?? 'default';
  const at = date.toISOString().replace(/\.\d{3}Z$/, 'Z');
  const answer = await client.request('POST', `/api/v1/namespaces/${namespace}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${about.name.slice(0, 200)}.${randomUUID()}`, namespace },
    involvedObject: { ...about },
    type,
    reason,
    message: message.slice(0, 1024),
    source: { component: 'sallyport' },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  });
  if (answer.status >= 300) throw refusal(`create an event on ${about.kind} ${about.name}`, answer);
}

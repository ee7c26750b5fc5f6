import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { createdMark, removeMarked } from './created.ts';
import { ClusterError, refusal } from './error.ts';
import { fingerprint, fitEntries, fitOwners, hasBundle } from './registration-fit.ts';
import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';

export interface RegistrationOptions {
  /** Name of the ValidatingWebhookConfiguration. */
  readonly name: string;
  /** Create it where it is absent at start (and mark it, for `removeCreated`); else an absent one is left absent. */
  readonly create: boolean;
  /** Namespace of the release, with which the registration goes; null for none. */
  readonly owner: string | null;
  /** The `webhooks` wanted now, every field written out but for `caBundle`, which may be left out to leave what is there. null: not ready, look only. */
  readonly wanted: () => readonly object[] | null;
  /** Milliseconds between two looks; default 5,000. */
  readonly interval?: number;
  readonly onEvent?: (event: RegistrationEvent) => void;
}

export type RegistrationEvent =
  /** Written because what is wanted is new: ours to tell. */
  | { readonly type: 'written'; readonly webhooks: readonly Json[] }
  /** Written because somebody had changed it. */
  | { readonly type: 'repaired'; readonly webhooks: readonly Json[] }
  /** Looked at and found as wanted. */
  | { readonly type: 'in-step'; readonly webhooks: readonly Json[] }
  /** There is none of this name: nothing reaches the server until it is created again. Told once for each absence. */
  | { readonly type: 'missing' }
  /** A look or a write failed; it is tried again after the interval. */
  | { readonly type: 'trouble'; readonly error: unknown };

export interface Registration {
  /** Look now: what is wanted has changed. */
  kick(): void;
  /** Settles when the signal has aborted and nothing more will be written. */
  readonly done: Promise<void>;
}

/** Keeps the registration as wanted until the signal aborts. Only one process may do this at a time: the leader. */
export function keepRegistration(client: Client, clock: Clock, options: RegistrationOptions, signal: AbortSignal): Registration {
  let wake = new AbortController();
  const round = rounds(client, options);
  const run = async () => {
    while (!signal.aborted) {
      wake = new AbortController();
      try {
        await round(signal);
      } catch (error) {
        if (!signal.aborted) options.onEvent?.({ type: 'trouble', error });
      }
      await clock.sleep(options.interval ?? 5_000, AbortSignal.any([signal, wake.signal]));
    }
  };
  return { kick: () => wake.abort(), done: run() };
}

/** Removes a registration that `create` made; one that the chart made stays. Throws ClusterError. */
export function removeCreated(client: Client, name: string): Promise<'removed' | 'not-ours'> {
  return removeMarked(client, `${folder}/${name}`, () => true);
}

/** Whether there is a registration of this name. Throws ClusterError. */
export async function isRegistered(client: Client, name: string, signal: AbortSignal): Promise<boolean> {
  const answer = await client.request('GET', `${folder}/${name}`, undefined, { signal });
  if (answer.status >= 300 && answer.status !== 404) throw refusal(`read registration ${name}`, answer);
  return answer.status !== 404;
}

/** One look after another, and what has to be remembered between them. */
function rounds(client: Client, options: RegistrationOptions): (signal: AbortSignal) => Promise<void> {
  const { name, owner, onEvent } = options;
  const readOwner = ownerReader(client, owner);
  let create = options.create;
  let missing = false;
  let ownerRefused = false;
  /** What was asked for last, and how the API server then held it: it may default fields that we do not know. */
  let settled = { asked: '', held: '' };

  const send = async (method: 'POST' | 'PUT', body: JsonObject, signal: AbortSignal) => {
    const answer = await client.request(method, method === 'POST' ? folder : `${folder}/${name}`, body, { signal });
    if (answer.status >= 300) throw refusal(`${method === 'POST' ? 'create' : 'update'} registration ${name}`, answer);
    return answer.body;
  };
  const settle = (type: 'written' | 'repaired' | 'in-step', entries: readonly JsonObject[], body: Json) => {
    const webhooks = webhooksOf(body);
    settled = { asked: JSON.stringify(entries), held: fingerprint(webhooks, entries.every(hasBundle)) };
    onEvent?.({ type, webhooks });
  };
  const absent = async (entries: readonly JsonObject[], signal: AbortSignal) => {
    if (create) {
      const metadata = { name, annotations: { ...createdMark } };
      return settle('written', entries, await send('POST', { apiVersion, kind, metadata, webhooks: [...entries] }, signal));
    }
    if (!missing) onEvent?.({ type: 'missing' });
    missing = true;
  };
  const present = async (object: JsonObject, entries: readonly JsonObject[], signal: AbortSignal) => {
    const held = webhooksOf(object);
    const webhooks = fitEntries(entries, held);
    const print = (list: readonly Json[]) => fingerprint(list, entries.every(hasBundle));
    const known = settled.asked === JSON.stringify(entries);
    const inStep = print(held) === print(webhooks) || (known && print(held) === settled.held);
    const metadata = metadataOf(object);
    // Without its owner the registration still does its work.
    const namespace = await readOwner(signal).catch((error: unknown) => (onEvent?.({ type: 'trouble', error }), null));
    const owners = ownerRefused ? null : fitOwners(metadata['ownerReferences'], namespace);
    if (inStep && owners === null) return settle('in-step', entries, object);
    const put = async (ownerReferences: Json[] | null) => {
      const owned = ownerReferences === null ? metadata : { ...metadata, ownerReferences };
      settle(known && !inStep ? 'repaired' : 'written', entries, await send('PUT', { ...object, metadata: owned, webhooks }, signal));
    };
    await put(owners).catch((error: unknown) => {
      if (owners === null || !(error instanceof ClusterError && error.code === 'forbidden')) throw error;
      // OpenShift lets only who may delete the namespace name it as an owner (OwnerReferencesPermissionEnforcement).
      ownerRefused = true;
      onEvent?.({ type: 'trouble', error });
      return put(null);
    });
  };
  const look = async (entries: readonly JsonObject[], signal: AbortSignal) => {
    const answer = await client.request('GET', `${folder}/${name}`, undefined, { signal });
    if (answer.status === 404) await absent(entries, signal);
    else if (answer.status >= 300 || !isObject(answer.body)) throw refusal(`read registration ${name}`, answer);
    else {
      missing = false;
      await present(answer.body, entries, signal);
    }
    create = false;
  };

  return async (signal) => {
    const entries = options.wanted() as readonly JsonObject[] | null;
    if (entries === null) return;
    // Somebody else wrote between our look and our write: look again.
    await look(entries, signal).catch((error: unknown) => {
      if (!(error instanceof ClusterError && error.code === 'conflict')) throw error;
      return look(entries, signal);
    });
  };
}

/** The reference to the namespace, whose uid is read once. */
function ownerReader(client: Client, owner: string | null): (signal: AbortSignal) => Promise<JsonObject | null> {
  let reference: JsonObject | null = null;
  return async (signal) => {
    if (owner === null || reference !== null) return reference;
    const answer = await client.request('GET', `/api/v1/namespaces/${owner}`, undefined, { signal });
    if (answer.status >= 300 || !isObject(answer.body)) throw refusal(`read namespace ${owner}`, answer);
    reference = { apiVersion: 'v1', kind: 'Namespace', name: owner, uid: metadataOf(answer.body)['uid'] };
    return reference;
  };
}

const apiVersion = 'admissionregistration.k8s.io/v1';
const kind = 'ValidatingWebhookConfiguration';
const folder = `/apis/${apiVersion}/validatingwebhookconfigurations`;

const metadataOf = (object: JsonObject): JsonObject => (isObject(object['metadata']) ? object['metadata'] : {});

const webhooksOf = (object: Json): Json[] => (isObject(object) && Array.isArray(object['webhooks']) ? object['webhooks'] : []);

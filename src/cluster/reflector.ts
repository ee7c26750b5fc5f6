import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { ClusterError, refusal } from './error.ts';
import { listObjects } from './object-list.ts';
import { metadataText, objectStore, trimmed } from './object-store.ts';
import type { Change, ObjectStore } from './object-store.ts';
import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';

export interface ReflectorOptions {
  /** Collection to follow, such as `/api/v1/namespaces`. */
  readonly path: string;
  /** What came in one go: every change of a list, or one of a watch. What is held is changed already. */
  readonly onChange?: (changes: readonly Change[]) => void;
  /** A list or watch failed; the next try comes by itself. `not-found`: the API server knows no such kind. */
  readonly onTrouble?: (error: unknown) => void;
  /** What to keep of an object; by default all but what only its writers need. Must keep name, namespace and resourceVersion. */
  readonly transform?: (object: JsonObject) => JsonObject;
  readonly times?: Partial<ReflectorTimes>;
}

export interface ReflectorTimes {
  readonly pageSize: number;
  /** Milliseconds for a page of a list. */
  readonly listTimeout: number;
  /** Milliseconds after which a watch is opened anew: a connection that died in silence is noticed soon after. */
  readonly watch: number;
  /** Milliseconds without a byte, beyond `watch`, after which a connection counts as dead. */
  readonly idle: number;
  /** Milliseconds before the second try; doubled up to `maxBackoff`. */
  readonly backoff: number;
  readonly maxBackoff: number;
}

const defaultTimes: ReflectorTimes = { pageSize: 10_000, listTimeout: 60_000, watch: 30_000, idle: 5_000, backoff: 250, maxBackoff: 5_000 };

/** A copy of one kind of object that follows the API server. */
export interface Reflector extends Pick<ObjectStore, 'get' | 'items'> {
  /** Resolves when all was read once, or the API server has said that it knows no such kind. */
  readonly hasSynced: Promise<void>;
  /** Milliseconds since the API server last confirmed what is held; Infinity before the first time. Beyond `watch` and `idle` it is out of reach. */
  age(): number;
  /** Settles when the signal has aborted and no handler will be called again. */
  readonly done: Promise<void>;
}

/** Lists and watches until the signal aborts. Never gives up: what fails is tried again, and what is held stays. */
export function reflect(client: Client, clock: Clock, options: ReflectorOptions, signal: AbortSignal): Reflector {
  const times = { ...defaultTimes, ...options.times };
  const transform = options.transform ?? trimmed;
  const store = objectStore();
  const synced = Promise.withResolvers<void>();
  let contact = -Infinity;
  let failures = 0;
  let unknown = 0;
  let resourceVersion = '';

  const touch = () => void (contact = clock.now());
  const tell = (changes: readonly Change[]) => {
    try {
      if (changes.length > 0) options.onChange?.(changes);
    } catch (error) {
      // A fault of who listens is no fault of the copy.
      options.onTrouble?.(error);
    }
  };
  const list = async () => {
    const { pageSize, listTimeout: timeout } = times;
    const read = await listObjects(client, options.path, { pageSize, timeout, signal, transform, onPage: touch });
    ({ resourceVersion } = read);
    unknown = 0;
    tell(store.replace(read.items));
    synced.resolve();
  };
  const take = (type: string, object: JsonObject) => {
    if (type === 'DELETED') tell(store.remove(transform(object)));
    else if (type !== 'BOOKMARK') tell(store.put(transform(object)));
    resourceVersion = metadataText(object, 'resourceVersion') || resourceVersion;
    failures = 0;
  };
  const watch = async () => {
    const opened = clock.now();
    const milliseconds = times.watch * (0.8 + 0.4 * Math.random());
    let events = 0;
    const path = `${options.path}?${watchQuery(resourceVersion, milliseconds).toString()}`;
    for await (const line of client.stream(path, { idle: milliseconds + times.idle, signal, onOpen: touch })) {
      touch();
      events += 1;
      const { type, object } = eventOf(line);
      take(type, object);
    }
    // A watch that ends at once again and again must not be asked for in a tight loop.
    if (events === 0 && clock.now() - opened < Math.min(1000, times.watch / 2))
      throw new ClusterError('unreachable', `the watch of ${options.path} ended at once`);
    failures = 0;
  };
  const isUnknown = () => {
    touch();
    synced.resolve();
    unknown += 1;
    // An API server that has just started may not know a kind for a moment; one that goes on not knowing it has no objects of it.
    if (unknown > 2) tell(store.replace([]));
  };
  const failed = async (error: unknown) => {
    failures += 1;
    const code = error instanceof ClusterError ? error.code : null;
    if (code === 'not-found') isUnknown();
    // A version that the API server does not know, after it was restored from a backup, shows as one failure after another.
    if (code === 'expired' || code === 'not-found' || failures > 3) resourceVersion = '';
    if (code === 'expired' && failures === 1) return;
    options.onTrouble?.(error);
    await clock.sleep(Math.min(times.maxBackoff, times.backoff * 2 ** (failures - 1)) * (0.5 + 0.5 * Math.random()), signal);
  };
  const run = async () => {
    while (!signal.aborted) {
      try {
        await (resourceVersion === '' ? list() : watch());
      } catch (error) {
        if (!signal.aborted) await failed(error);
      }
    }
  };

  return {
    get: (key) => store.get(key),
    items: () => store.items(),
    hasSynced: synced.promise,
    age: () => clock.now() - contact,
    done: run(),
  };
}

function watchQuery(resourceVersion: string, milliseconds: number): URLSearchParams {
  const timeoutSeconds = String(Math.max(1, Math.round(milliseconds / 1000)));
  return new URLSearchParams({ watch: '1', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds });
}

/** One line of a watch. Throws ClusterError for an ERROR, `expired` where history was compacted. */
function eventOf(line: Json): { readonly type: string; readonly object: JsonObject } {
  const { type, object } = isObject(line) ? line : {};
  if (typeof type !== 'string' || !isObject(object)) throw new ClusterError('answer-unreadable', 'a watch held something that is no event');
  if (type !== 'ERROR') return { type, object };
  const status = typeof object['code'] === 'number' ? object['code'] : 500;
  throw refusal('go on with the watch', { status, body: object });
}

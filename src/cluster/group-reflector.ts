import type { Json, JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { refusal } from './error.ts';
import { trimmed } from './object-store.ts';
import type { Reflector } from './reflector.ts';
import { reflect } from './reflector.ts';

export interface GroupReflectorOptions {
  readonly group: string;
  /** Kinds to follow; null: every kind of the group, those that are yet to be defined too. */
  readonly kinds: readonly string[] | null;
  readonly onChange: () => void;
  readonly onTrouble: (path: string, error: unknown) => void;
  /** Milliseconds between two looks at what the group has; default 10,000. */
  readonly discovery?: number;
}

/** Copies of the objects of an API group whose kinds come and go with their definitions. */
export interface GroupReflector {
  /** Each with its apiVersion and kind. */
  readonly items: () => readonly JsonObject[];
  /** Resolves when all that is there was read once, or the group is not there. */
  readonly hasSynced: Promise<void>;
  /** Milliseconds since the API server last confirmed what is held. */
  age(): number;
}

/** Follows the preferred version of a group until the signal aborts. What fails is tried again. */
export function reflectGroup(client: Client, clock: Clock, options: GroupReflectorOptions, signal: AbortSignal): GroupReflector {
  const { group, kinds, onChange, onTrouble, discovery = 10_000 } = options;
  const followed = new Map<string, { readonly reflector: Reflector; readonly stop: AbortController }>();
  const synced = Promise.withResolvers<void>();
  let looked = -Infinity;
  void look();
  return {
    items: () => [...followed.values()].flatMap(({ reflector }) => reflector.items()),
    hasSynced: synced.promise,
    age: () => Math.max(clock.now() - looked, ...[...followed.values()].map(({ reflector }) => reflector.age())),
  };

  async function look(): Promise<void> {
    while (!signal.aborted) {
      try {
        settle(await kindsOf(client, group));
        looked = clock.now();
        await Promise.all([...followed.values()].map(({ reflector }) => reflector.hasSynced));
        synced.resolve();
      } catch (error) {
        onTrouble(`/apis/${group}`, error);
      }
      await clock.sleep(discovery, signal);
    }
  }

  /** A kind that is gone is forgotten with its objects, as the API server forgets them. */
  function settle(served: readonly Kind[]): void {
    const wanted = served.filter(({ kind }) => kinds === null || kinds.includes(kind));
    const gone = [...followed].filter(([path]) => !wanted.some((kind) => kind.path === path));
    for (const [path, { stop }] of gone) {
      stop.abort();
      followed.delete(path);
    }
    for (const kind of wanted) if (!followed.has(kind.path)) follow(kind);
    if (gone.length > 0) onChange();
  }

  function follow(kind: Kind): void {
    const stop = new AbortController();
    const { path, apiVersion } = kind;
    // Items of a list do not say what they are.
    const transform = (object: JsonObject): JsonObject => ({ ...trimmed(object), apiVersion, kind: kind.kind });
    const told = { path, transform, onChange, onTrouble: (error: unknown) => onTrouble(path, error) };
    followed.set(path, { reflector: reflect(client, clock, told, AbortSignal.any([signal, stop.signal])), stop });
  }
}

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: string;
}

/** Kinds of a group in the version that the API server prefers; none where it knows no such group. */
async function kindsOf(client: Client, group: string): Promise<Kind[]> {
  const found = await client.request('GET', `/apis/${group}`);
  if (found.status === 404) return [];
  const preferred = isObject(found.body) ? found.body['preferredVersion'] : null;
  const apiVersion = isObject(preferred) ? preferred['groupVersion'] : null;
  if (found.status >= 300 || typeof apiVersion !== 'string') throw refusal(`discover ${group}`, found);
  const resources = await client.request('GET', `/apis/${apiVersion}`);
  if (resources.status === 404) return [];
  if (resources.status >= 300) throw refusal(`discover ${apiVersion}`, resources);
  return listIn(resources.body).flatMap((resource) => kindOf(resource, apiVersion));
}

function kindOf(resource: Json, apiVersion: string): Kind[] {
  if (!isObject(resource)) return [];
  const { name, kind } = resource;
  if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/')) return [];
  return [{ apiVersion, kind, path: `/apis/${apiVersion}/${name}` }];
}

function listIn(body: Json): readonly Json[] {
  const list = isObject(body) ? body['resources'] : null;
  return Array.isArray(list) ? list : [];
}

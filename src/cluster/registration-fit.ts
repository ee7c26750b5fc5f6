import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';

/** The entries to write: one without a `caBundle` takes the one it has, or a neighbour has, since it was injected there. */
export function fitEntries(wanted: readonly JsonObject[], held: readonly Json[]): JsonObject[] {
  const bundles = held.flatMap((entry) => {
    const bundle = isObject(entry) ? clientConfig(entry)['caBundle'] : undefined;
    return isObject(entry) && typeof bundle === 'string' ? [{ name: entry['name'], bundle }] : [];
  });
  return wanted.map((entry) => {
    const bundle = (bundles.find(({ name }) => name === entry['name']) ?? bundles[0])?.bundle;
    if (hasBundle(entry) || bundle === undefined) return entry;
    return { ...entry, clientConfig: { ...clientConfig(entry), caBundle: bundle } };
  });
}

/** Text that is equal for entries that mean the same; without their bundles where those are not ours to judge. */
export function fingerprint(entries: readonly Json[], withBundles: boolean): string {
  return JSON.stringify(entries, (key, value: unknown) => {
    if (key === 'caBundle' && !withBundles) return undefined;
    return isObject(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value;
  });
}

export const hasBundle = (entry: JsonObject): boolean => clientConfig(entry)['caBundle'] !== undefined;

/** The owner references with this one among them, or null where it stands there already or none is wanted. */
export function fitOwners(held: Json | undefined, owner: JsonObject | null): Json[] | null {
  const list = Array.isArray(held) ? held : [];
  if (owner === null || list.some((entry) => isObject(entry) && entry['uid'] === owner['uid'])) return null;
  const others = list.filter((entry) => !isObject(entry) || entry['kind'] !== owner['kind'] || entry['name'] !== owner['name']);
  return [...others, owner];
}

const clientConfig = (entry: JsonObject): JsonObject => (isObject(entry['clientConfig']) ? entry['clientConfig'] : {});

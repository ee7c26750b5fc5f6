import type { Json, JsonObject } from '../../src/kube/json.ts';
import { isObject } from '../../src/kube/json.ts';

/**
 * A pod as the API server's decoder leaves it: null is absent, or empty in a list, and names are always there. Fields that Kubernetes does not
 * know stay, and nothing is defaulted.
 */
export function decodedPod({ metadata, spec }: { readonly metadata?: Json; readonly spec?: Json }): {
  metadata: JsonObject;
  spec: JsonObject;
} {
  const decoded = asObject(withoutNulls(spec ?? null));
  const lists = ['initContainers', 'containers', 'ephemeralContainers', 'volumes'];
  const context = asObject(decoded['securityContext']);
  const named = lists.flatMap((list) => (Array.isArray(decoded[list]) ? [[list, decoded[list].map(withName)] as const] : []));
  const { sysctls } = context;
  const tuned = Array.isArray(sysctls) ? { securityContext: { ...context, sysctls: sysctls.map(withName) } } : {};
  return { metadata: decodedMetadata(metadata), spec: { ...decoded, ...Object.fromEntries(named), ...tuned } };
}

function decodedMetadata(metadata: Json | undefined): JsonObject {
  const { annotations, ...rest } = asObject(metadata);
  if (!isObject(annotations)) return asObject(withoutNulls(rest));
  // Go decodes null into an empty string.
  const texts = Object.entries(annotations).map(([key, value]) => [key, value ?? '']);
  return { ...asObject(withoutNulls(rest)), annotations: Object.fromEntries(texts) };
}

const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

const withName = (value: Json): JsonObject => ({ name: '', ...asObject(value) });

/** Lists in which null is an empty string rather than an empty object. */
const textLists = new Set(['add', 'drop']);

function withoutNulls(value: Json, key = ''): Json {
  if (Array.isArray(value)) return value.map((item) => (item === null ? (textLists.has(key) ? '' : {}) : withoutNulls(item)));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member ?? null, name)]));
}

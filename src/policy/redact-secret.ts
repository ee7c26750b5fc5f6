import type { Json, JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What a message may be made from: of a Secret neither its values nor the annotation in which kubectl keeps them. */
export function redactSecret<T>(object: T): T | JsonObject {
  if (!isSecret(object)) return object;
  const { data, stringData, metadata, ...rest } = object;
  return {
    ...rest,
    ...(metadata !== undefined && { metadata: withoutLastApplied(metadata) }),
    ...(data !== undefined && { data: hidden(data) }),
    ...(stringData !== undefined && { stringData: hidden(stringData) }),
  };
}

export const isSecret = (object: unknown): object is JsonObject =>
  isObject(object) && object['kind'] === 'Secret' && object['apiVersion'] === 'v1';

/** The keys stay: they say where, not what. */
const hidden = (values: Json): Json =>
  isObject(values) ? Object.fromEntries(Object.keys(values).map((key) => [key, 'REDACTED'])) : 'REDACTED';

function withoutLastApplied(metadata: Json): Json {
  if (!isObject(metadata) || !isObject(metadata['annotations'])) return metadata;
  const { [LAST_APPLIED]: _lastApplied, ...annotations } = metadata['annotations'];
  return { ...metadata, annotations };
}

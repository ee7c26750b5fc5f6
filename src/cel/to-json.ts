import type { Json } from '../kube/json.ts';
import { mapEntries } from './equality.ts';
import { Double, fromJson } from './value.ts';
import type { Value } from './value.ts';
import { isList, isMap } from './value-type.ts';

/** A value as JSON; undefined of what JSON has no word for: bytes, times, types, a map with other keys than strings. */
export function toJson(value: Value): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  if (value instanceof Double) return Number.isFinite(value.value) ? value.value : undefined;
  if (isList(value)) return all(value.map((item) => toJson(fromJson(item))));
  if (!isMap(value)) return undefined;
  const members = mapEntries(value).map(([key, item]) => (typeof key === 'string' ? toJson(item) : undefined));
  const values = all(members);
  return values && Object.fromEntries(mapEntries(value).map(([key], index) => [key as string, values[index]]));
}

function all(items: readonly (Json | undefined)[]): Json[] | undefined {
  const found = items.filter((item) => item !== undefined);
  return found.length === items.length ? found : undefined;
}

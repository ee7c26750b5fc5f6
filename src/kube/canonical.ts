import type { Json } from './json.ts';
import { isObject } from './json.ts';

/** JSON with the keys of every object sorted: equal texts are equal values. What is absent is null. */
export function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys.toSorted().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`; // prettier-ignore
}

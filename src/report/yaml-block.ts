import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';

/** Lines of a map in block style, without line ends; lists and empty maps in flow style. */
export function blockLines(map: Json, indent: string): string[] {
  if (!isObject(map)) return [`${indent}${flow(map)}`];
  return Object.entries(map).flatMap(([key, value]) => {
    const name = `${indent}${scalar(key)}:`;
    if (isObject(value) && Object.keys(value).length > 0) return [name, ...blockLines(value, `${indent}  `)];
    return [`${name} ${flow(value ?? null)}`];
  });
}

/** A value on one line. */
export function flow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (!isObject(value)) return scalar(value);
  const entries = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${flow(item ?? null)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Words that some reader of YAML takes for something other than a string. */
const spoken = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

const scalar = (value: string | number | boolean | null): string =>
  typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value) && !spoken.test(value) ? value : JSON.stringify(value);

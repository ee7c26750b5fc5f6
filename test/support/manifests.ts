import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import type { JsonObject } from '../../src/kube/json.ts';

/** Folder of the objects that end-to-end tests apply, with a slash at the end. */
export const manifests = fileURLToPath(new URL('../e2e/manifests/', import.meta.url));

/** One of them, with another name. */
export function manifest(file: string, name: string): JsonObject {
  const object = load(readFileSync(`${manifests}${file}`, 'utf8')) as JsonObject & { metadata: JsonObject };
  return { ...object, metadata: { ...object.metadata, name } };
}

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { readDocuments } from '../../yaml/read.ts';

const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Path of the kustomization file of a folder, or null. */
export const kustomizationIn = (folder: string): string | null =>
  names.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;

/** Fields whose entries are folders or files; kustomize takes one that does not exist for the address of a repository. */
const baseFields = ['resources', 'bases', 'components'];
/** Fields whose entries name files, as text, as `path` or as lists of either; kustomize fetches one that is an address. */
const fileFields = [
  'patches', 'patchesJson6902', 'patchesStrategicMerge', 'crds', 'configurations', 'generators', 'transformers', 'validators',
  'replacements', 'openapi', 'configMapGenerator', 'secretGenerator',
]; // prettier-ignore

/** What a kustomization is built from. */
export interface Tree {
  /** The first thing that does not lie here; null where all does. */
  readonly remote: string | null;
  /** Paths of the files of resources, its own and those of the kustomizations that it builds on. */
  readonly files: readonly string[];
}

export function treeOf(folder: string): Tree {
  const files: string[] = [];
  const remotes: string[] = [];
  const seen = new Set<string>();
  visit(folder);
  return { remote: remotes[0] ?? null, files };

  function visit(place: string): void {
    const file = kustomizationIn(place);
    if (file === null || seen.has(file)) return;
    seen.add(file);
    for (const document of readDocuments(readFileSync(file, 'utf8'))) {
      if (!('error' in document) && isObject(document.value)) visitDocument(document.value, place);
    }
  }

  function visitDocument(document: JsonObject, place: string): void {
    const named = fileFields.flatMap((field) => fileNames(document[field]));
    remotes.push(...named.filter((name) => isAddress(name.replace(/^[^=/]*=/, ''))));
    for (const base of baseFields.flatMap((field) => document[field])) {
      // Text of several lines is an object, written in place of its file's name.
      if (typeof base === 'string' && !base.includes('\n')) visitBase(base, resolve(place, base));
    }
  }

  function visitBase(base: string, path: string): void {
    if (isAddress(base) || !existsSync(path)) remotes.push(base);
    else if (statSync(path).isDirectory()) visit(path);
    else files.push(path);
  }
}

const isAddress = (name: string): boolean => /^\s*(?:[a-z][a-z0-9+.-]*:(?!\s)|[\w.-]+@[\w.-]+:|git::)/i.test(name) && !name.includes('\n');

function fileNames(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(fileNames);
  if (!isObject(value)) return [];
  return ['path', 'files', 'envs', 'env'].flatMap((key) => fileNames(value[key]));
}

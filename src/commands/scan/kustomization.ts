import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { Io } from '../io.ts';
import type { Input } from './input.ts';
import type { Target } from './targets.ts';
import { runTool, ToolError } from './tool.ts';

const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Path of the kustomization file of a folder, or null. */
export const kustomizationIn = (folder: string): string | null =>
  names.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;

/** The objects that a kustomization makes, under the name of its file. @throws ToolError, RemoteBase */
export function renderKustomization(target: Target, allowRemote: boolean, io: Pick<Io, 'env' | 'cwd'>): Input {
  const file = kustomizationIn(target.path) ?? target.path;
  const remote = allowRemote ? null : remoteIn(target.path, new Set());
  if (remote !== null) throw new RemoteBase(remote);
  const text = build(target.path, io);
  const rendered = { source: readFileSync(file, 'utf8'), place: () => null };
  return { file: join(target.file, file.slice(target.path.length)), text, rendered };
}

/** What a change refers to could be anything tomorrow, and fetching it tells a stranger that somebody builds here. */
export class RemoteBase extends Error {
  readonly code = 'REMOTE';

  constructor(name: string) {
    super(`it takes ${JSON.stringify(name)} from elsewhere, or no such file exists; --allow-remote lets kustomize fetch it`);
  }
}

function build(path: string, io: Pick<Io, 'env' | 'cwd'>): string {
  try {
    return runTool('kubectl', ['kustomize', path], io);
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'TOOL_MISSING') throw error;
  }
  try {
    return runTool('kustomize', ['build', path], io);
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'TOOL_MISSING') throw error;
    throw new ToolError(error.code, 'a kustomization needs kubectl or kustomize on the PATH; neither is there', { cause: error });
  }
}

/** Fields whose entries are folders or files; kustomize takes one that does not exist for the address of a repository. */
const baseFields = ['resources', 'bases', 'components'];
/** Fields whose entries name files, as text, as `path` or as lists of either; kustomize fetches one that is an address. */
const fileFields = [
  'patches', 'patchesJson6902', 'patchesStrategicMerge', 'crds', 'configurations', 'generators', 'transformers', 'validators',
  'replacements', 'openapi', 'configMapGenerator', 'secretGenerator',
]; // prettier-ignore

/** The first thing that lies elsewhere, in this kustomization or in one that it builds on; null where all is here. */
function remoteIn(folder: string, seen: Set<string>): string | null {
  const file = kustomizationIn(folder);
  if (file === null || seen.has(file)) return null;
  seen.add(file);
  for (const document of readDocuments(readFileSync(file, 'utf8'))) {
    if ('error' in document || !isObject(document.value)) continue;
    const found = remoteOf(document.value, dirname(file), seen);
    if (found !== null) return found;
  }
  return null;
}

function remoteOf(document: JsonObject, folder: string, seen: Set<string>): string | null {
  const named = fileFields.flatMap((field) => fileNames(document[field]));
  const elsewhere = named.find((name) => isAddress(name.replace(/^[^=/]*=/, '')));
  if (elsewhere !== undefined) return elsewhere;
  const bases = baseFields.flatMap((field) => document[field]).filter((entry) => typeof entry === 'string');
  for (const base of bases) {
    if (base.includes('\n')) continue; // An object written in place of its file's name.
    const path = resolve(folder, base);
    if (isAddress(base) || !existsSync(path)) return base;
    const found = statSync(path).isDirectory() ? remoteIn(path, seen) : null;
    if (found !== null) return found;
  }
  return null;
}

const isAddress = (name: string): boolean => /^\s*(?:[a-z][a-z0-9+.-]*:(?!\s)|[\w.-]+@[\w.-]+:|git::)/i.test(name) && !name.includes('\n');

function fileNames(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(fileNames);
  if (!isObject(value)) return [];
  return ['path', 'files', 'envs', 'env'].flatMap((key) => fileNames(value[key]));
}

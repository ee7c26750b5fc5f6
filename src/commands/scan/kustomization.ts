import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { readDocuments } from '../../yaml/read.ts';
import type { Io } from '../io.ts';
import type { Input } from './input.ts';
import { origins } from './kustomize-origin.ts';
import { kustomizationIn, treeOf } from './kustomize-tree.ts';
import type { Target } from './targets.ts';
import { runTool, ToolError } from './tool.ts';

/** The objects that a kustomization makes, each under the name of the file that it comes from. @throws ToolError, RemoteBase */
export function renderKustomization(target: Target, allowRemote: boolean, io: Pick<Io, 'env' | 'cwd'>): Input[] {
  const tree = treeOf(target.path);
  if (tree.remote !== null && !allowRemote) throw new RemoteBase(tree.remote);
  const output = build(target.path, io);
  const origin = origins(
    tree.files.map((path) => ({ file: join(target.file, relative(target.path, path)), text: readFileSync(path, 'utf8') })),
  );
  const path = kustomizationIn(target.path) ?? target.path;
  const unknown = { file: join(target.file, basename(path)), rendered: { source: readFileSync(path, 'utf8'), place: () => null } };
  const documents = readDocuments(output);
  if (documents.some((document) => 'error' in document)) return [{ ...unknown, text: output }];
  return documents.flatMap((document) =>
    'error' in document ? [] : [{ ...unknown, ...origin(document.value), text: output.slice(document.start, document.end) }],
  );
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

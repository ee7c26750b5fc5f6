import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

type Env = Readonly<Record<string, string | undefined>>;

/** Thrown where manifests are to be rendered and no helm is found. */
export class HelmMissing extends Error {
  readonly code = 'HELM_MISSING';
  constructor() {
    super('helm is neither on PATH nor in the folder that KUBEBUILDER_ASSETS names');
  }
}

/** Path of helm: in KUBEBUILDER_ASSETS first, then on PATH; null where there is none. */
export function findHelm(env: Env): string | null {
  const folders = [env['KUBEBUILDER_ASSETS'] ?? '', ...(env['PATH'] ?? '').split(delimiter)];
  const paths = folders.filter((folder) => folder !== '').map((folder) => join(folder, 'helm'));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** Stdout of `helm ARGS`. Rejects with helm's stderr where it fails, and with HelmMissing where it is not there. */
export async function helm(args: readonly string[], env: Env): Promise<string> {
  const path = findHelm(env);
  if (path === null) throw new HelmMissing();
  const { stdout } = await promisify(execFile)(path, args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

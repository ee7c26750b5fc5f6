import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Io } from '../io.ts';

/** The kubeconfig that kubectl would read: the flag, KUBECONFIG, the one at home; undefined for the ServiceAccount of a pod. */
export function kubeconfigOf(flag: string | undefined, { cwd, env }: Pick<Io, 'cwd' | 'env'>): string | undefined {
  if (flag !== undefined) return resolve(cwd, flag);
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  const home = env['HOME'] ? [join(env['HOME'], '.kube', 'config')] : [];
  return [...named, ...home].map((path) => resolve(cwd, path)).find((path) => existsSync(path));
}

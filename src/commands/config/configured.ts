import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { FlagError } from '../flags.ts';
import type { Config } from './config-schema.ts';
import type { ReadConfig } from './read-config.ts';

/** Values of flags by their names. */
export interface ConfiguredFlags {
  policies?: string[] | undefined;
  'pod-security'?: string | undefined;
  mode?: string | undefined;
  exceptions?: string[] | undefined;
  baseline?: string | undefined;
  namespace?: string | undefined;
  'namespace-labels'?: string[] | undefined;
  format?: string[] | undefined;
  'fail-on'?: string | undefined;
  only?: string[] | undefined;
  skip?: string[] | undefined;
  strict?: boolean | undefined;
  schemas?: string[] | undefined;
}

/**
 * The flags, and what the configuration says where they say nothing. `--policies` and `--pod-security` stand for each other: one of them
 * silences both fields of the file.
 * @throws FlagError
 */
export function configured<F extends ConfiguredFlags>(
  flags: F,
  { config, folder }: ReadConfig,
  cwd: string,
  root: URL,
): F & ConfiguredFlags {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as F;
  const fromFile = Object.fromEntries(Object.entries(asFlags(config, folder, cwd, root)).filter(([, value]) => value !== undefined));
  if (given.policies !== undefined || given['pod-security'] !== undefined) {
    delete fromFile['policies'];
    delete fromFile['pod-security'];
  }
  return { ...fromFile, ...given };
}

/** The paths to scan that the file names, as seen from `cwd`. */
export const configuredPaths = ({ config, folder }: ReadConfig, cwd: string): string[] =>
  (config.paths ?? []).map((path) => fromHere(path, folder, cwd));

function asFlags(config: Config, folder: string, cwd: string, root: URL): ConfiguredFlags {
  const { policies, podSecurity, mode, exceptions, baseline, namespace, namespaceLabels, format, failOn, only, skip, strict, schemas } =
    config;
  return {
    // A pack goes before a folder of its name, as on the command line.
    policies: policies?.map((path) => (isPack(path, root) ? path : fromHere(path, folder, cwd))),
    'pod-security': podSecurity,
    mode,
    exceptions: exceptions?.map((path) => fromHere(path, folder, cwd)),
    baseline: baseline === undefined ? undefined : fileFromHere(baseline, baseline, folder, cwd),
    namespace,
    'namespace-labels': namespaceLabels && Object.entries(namespaceLabels).map(([key, value]) => `${key}=${value}`),
    format: format?.map((entry) => formatFromHere(entry, folder, cwd)),
    'fail-on': failOn,
    only,
    skip,
    strict,
    schemas: schemas?.map((path) => fromHere(path, folder, cwd)),
  };
}

const isPack = (name: string, root: URL): boolean => /^[\w-]+$/.test(name) && existsSync(new URL(`policies/${name}.yaml`, root));

function fromHere(path: string, folder: string, cwd: string): string {
  if (path === '-') return path;
  const name = relative(cwd, resolve(folder, path)) || '.';
  // A relative name that looks like a pack or a flag would be taken for one.
  return name === '.' || /[\\/]/.test(name) ? name : `./${name}`;
}

function formatFromHere(entry: string, folder: string, cwd: string): string {
  const [name = '', ...rest] = entry.split('=');
  return rest.length === 0 ? entry : `${name}=${fileFromHere(rest.join('='), entry, folder, cwd)}`;
}

/** The configuration may come with somebody's change, and must not say which files of the machine are written. */
function fileFromHere(path: string, entry: string, folder: string, cwd: string): string {
  const inside = relative(folder, resolve(folder, path));
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new FlagError(`the configuration asks for ${JSON.stringify(entry)}, outside of its folder; ask for that with a flag`);
  }
  return fromHere(path, folder, cwd);
}

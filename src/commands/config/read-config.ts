import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { schemaFaults } from '../../policy/schema-faults.ts';
import type { FileError } from '../../policy/load.ts';
import { locator } from '../../yaml/locate.ts';
import { readDocuments } from '../../yaml/read.ts';
import { FlagError } from '../flags.ts';
import { ConfigSchema } from './config-schema.ts';
import type { Config } from './config-schema.ts';

export interface ReadConfig {
  /** As a message names it; null where there is no file. */
  readonly file: string | null;
  /** Absolute: what its paths start from. */
  readonly folder: string;
  readonly config: Config;
  readonly errors: readonly FileError[];
}

export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly 'no-config'?: boolean | undefined;
}

const NAME = '.sallyport.yaml';

/** The file that `--config` names, or the nearest one upward. With errors, the configuration is empty. @throws FlagError */
export function readConfig(flags: ConfigFlags, cwd: string): ReadConfig {
  if (flags.config !== undefined && flags['no-config']) throw new FlagError('--config and --no-config exclude each other; name one');
  const path = flags.config === undefined ? (flags['no-config'] ? null : nearest(cwd)) : resolve(cwd, flags.config);
  if (path === null) return { file: null, folder: cwd, config: {}, errors: [] };
  const file = flags.config ?? relative(cwd, path);
  return { file, folder: dirname(path), ...parse(file, textOf(file, path)) };
}

/** Not beyond the repository: what lies above it is somebody else's. */
function nearest(folder: string): string | null {
  const path = join(folder, NAME);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  return above === folder || existsSync(join(folder, '.git')) ? null : nearest(above);
}

function textOf(file: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FlagError(`--config: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause: error });
  }
}

function parse(file: string, text: string): { config: Config; errors: FileError[] } {
  const [document, second] = readDocuments(text);
  if (document === undefined) return { config: {}, errors: [] };
  if ('error' in document) return { config: {}, errors: [{ file, ...placeOf(document.error), message: document.error.message }] };
  if (second !== undefined) {
    const line = 'error' in second ? second.error.line : second.line;
    return { config: {}, errors: [{ file, line, column: 1, message: 'a configuration is one document; this is the second' }] };
  }
  const locate = locator(text, document);
  const errors = schemaFaults(ConfigSchema, document.value).map(({ path, message }) => ({
    file,
    ...locate(path),
    message: path === '' ? message : `${path}: ${message}`,
  }));
  return errors.length > 0 ? { config: {}, errors } : { config: document.value as Config, errors };
}

const placeOf = ({ line, column }: { line: number; column: number }): { line: number; column: number } => ({ line, column });

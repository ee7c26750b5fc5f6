import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { GuardrailTestDocument } from '../../api/policy-test.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { FileError } from '../../policy/load.ts';
import { FlagError } from '../flags.ts';
import type { Io } from '../io.ts';
import { policySet } from '../policy-flags.ts';
import type { TestFile } from './find-tests.ts';

/** The policies that a test names, or those that stand beside it. @returns null, with errors, where they cannot be loaded. */
export function policiesOf(
  { file, path }: TestFile,
  { policies = beside(path), exceptions = [] }: Pick<GuardrailTestDocument, 'policies' | 'exceptions'>,
  now: number,
  { root, locate, errors }: { root: Io['root']; locate: (path: string) => Pick<FileError, 'line' | 'column'>; errors: FileError[] },
): GuardrailSet | null {
  const refuse = (message: string, at = 'policies'): null => (errors.push({ file, ...placeOf(locate(at)), message }), null);
  if (policies.length === 0) return refuse('there is no guardrail beside this file; name some in policies');
  try {
    const loaded = policySet(
      { policies: [...policies], exceptions: [...exceptions] },
      { cwd: dirname(path), root, now: () => new Date(now) },
    );
    if (loaded.errors.length === 0) return loaded.set;
    errors.push(...loaded.errors.map((error) => ({ ...error, file: join(dirname(file), error.file) })));
    return null;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    const message = error.message.replace(/^--/, '');
    return refuse(message, message.startsWith('exceptions') ? 'exceptions' : 'policies');
  }
}

const placeOf = ({ line, column }: Pick<FileError, 'line' | 'column'>) => ({ line, column });

/** Names of the files of guardrails that a test stands beside: that of its own name, else all of the folder. */
function beside(path: string): string[] {
  const folder = dirname(path);
  const name = basename(path).replace(/(\.test)?\.ya?ml$/, '');
  const own = ['yaml', 'yml', 'json']
    .map((extension) => `${name}.${extension}`)
    .find((file) => isOther(file, path) && existsSync(join(folder, file)));
  if (own !== undefined) return [own];
  return readdirSync(folder)
    .filter((file) => /\.(ya?ml|json)$/.test(file) && !/\.test\.ya?ml$/.test(file) && isOther(file, path))
    .filter((file) => holdsGuardrail(join(folder, file)))
    .toSorted();
}

const isOther = (file: string, path: string): boolean => file !== basename(path);

/** Manifests that cases are made of may stand in the same folder. */
function holdsGuardrail(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes('sallyport.dev/');
  } catch {
    return false;
  }
}

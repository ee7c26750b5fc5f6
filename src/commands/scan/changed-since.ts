import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { FlagError } from '../flags.ts';
import type { Io } from '../io.ts';
import type { Selection } from './targets.ts';
import { runTool, ToolError } from './tool.ts';

/**
 * Whether a file differs from where the working tree left `ref`: commits since, changes not committed, and files that git does not know yet.
 * @throws FlagError outside a repository, and for a ref that git does not know.
 */
export function changedSince(ref: string, io: Pick<Io, 'env' | 'cwd'>): Selection['changed'] {
  if (ref.startsWith('-')) throw new FlagError(`--changed-since ${ref}: a ref does not begin with a dash`);
  const top = git(['rev-parse', '--show-toplevel'], io, 'this is not a git repository, or git is not on the PATH');
  const commit = git(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`],
    io,
    'git knows no such ref here; is it fetched?',
  );
  const base = git(
    ['merge-base', commit, 'HEAD'],
    io,
    'it has no commit in common with HEAD here; a shallow clone must fetch more history',
  );
  const listed = ['diff', '--name-only', '--no-renames', '--no-ext-diff', '-z', base, '--'];
  const inTop = { ...io, cwd: top };
  const names = [...lines(git(listed, inTop)), ...lines(git(['ls-files', '--others', '--exclude-standard', '-z'], inTop))];
  const changed = new Set(names.map((name) => join(top, name)));
  // A link counts as changed where it or what it leads to has changed.
  return (path, folder) =>
    [join(realpathSync(join(path, '..')), path.slice(path.lastIndexOf(sep) + 1)), realpathSync(path)].some(isChanged(folder));

  function isChanged(folder: boolean): (path: string) => boolean {
    return (path) => changed.has(path) || (folder && [...changed].some((name) => name.startsWith(path + sep)));
  }

  function git(args: string[], where: Pick<Io, 'env' | 'cwd'>, otherwise?: string): string {
    try {
      return runTool('git', args, where).replace(/\n$/, '');
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      throw new FlagError(`--changed-since ${ref}: ${otherwise ?? error.message}`, { cause: error });
    }
  }
}

const lines = (output: string): string[] => output.split('\0').filter(Boolean);

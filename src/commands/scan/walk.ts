import { readdirSync, realpathSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join, sep } from 'node:path';
import { codeOf, fault } from './input.ts';
import type { Leftovers } from './input.ts';
import type { Selection, Target } from './targets.ts';

/** Folders that hold other people's files. */
export const skippedFolders: ReadonlySet<string> = new Set(['node_modules', '.git']);
const manifestName = /\.(ya?ml|json)$/i;

/**
 * The YAML and JSON files of a folder and of those below it, by name.
 * A link to a file is followed as long as it stays inside `root`; a link to a folder is not, as kubectl does not.
 * @param root the real path of the folder that was named.
 */
export function* walk(file: string, path: string, root: string, selection: Selection, leftovers: Leftovers): Generator<Target> {
  for (const entry of entriesOf(file, path, leftovers)) {
    const child = { file: join(file, entry.name), path: join(path, entry.name) };
    if (entry.isDirectory() ? skippedFolders.has(entry.name) : !manifestName.test(entry.name)) continue;
    if (selection.ignores(child.path)) leftovers.skipped.push({ file: child.file, line: 1, reason: 'ignored by the configuration' });
    else if (entry.isDirectory()) yield* walk(child.file, child.path, root, selection, leftovers);
    else if (isToBeRead(entry, child, root, leftovers) && selection.changed(child.path, false)) {
      yield { kind: 'file', ...child, found: true };
    }
  }
}

function entriesOf(file: string, path: string, { errors }: Leftovers): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    errors.push(fault(file, `the folder cannot be read (${codeOf(error)})`));
    return [];
  }
}

/** Whether what a folder or a pattern led to is a file, or a link to one inside `root`; says why not. */
export function isToBeRead(
  entry: Pick<Dirent, 'isFile' | 'isSymbolicLink'>,
  { file, path }: { file: string; path: string },
  root: string,
  { errors, skipped }: Leftovers,
): boolean {
  if (entry.isFile()) return true;
  const kind = entry.isSymbolicLink() ? kindOfTarget(path) : 'other';
  const refused = kind === 'other' ? null : refusedLink(path, root);
  if (kind === 'file' && refused === null) return true;
  if (kind === 'file' || kind === 'none') errors.push(fault(file, refused ?? 'the link cannot be followed'));
  else skipped.push({ file, line: 1, reason: kind === 'folder' ? 'a link to a folder' : 'neither a file nor a folder' });
  return false;
}

function kindOfTarget(path: string): 'file' | 'folder' | 'other' | 'none' {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return 'folder';
    return stats.isFile() ? 'file' : 'other';
  } catch {
    return 'none';
  }
}

/** A link of somebody's change could lead to a secret of the machine that scans it. */
function refusedLink(path: string, root: string): string | null {
  try {
    const target = realpathSync(path);
    return target.startsWith(root.endsWith(sep) ? root : root + sep)
      ? null
      : 'the link leads out of the folder; name the file that it leads to, to scan it';
  } catch (error) {
    return codeOf(error) === 'ELOOP' ? 'the link leads around in a circle (ELOOP)' : `the link leads nowhere (${codeOf(error)})`;
  }
}

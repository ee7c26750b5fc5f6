import { readdirSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FileError } from '../../policy/load.ts';
import { codeOf, fault } from '../scan/input.ts';
import { skippedFolders } from '../scan/walk.ts';

/** A file that is one of tests, or looks like one. */
export interface TestFile {
  /** As the report names it. */
  readonly file: string;
  readonly path: string;
  /** Found in a folder by its name: it may be a test of another program. */
  readonly found: boolean;
}

/** The files that are named, and `*.test.yaml` in the folders that are, by name. */
export function findTests(paths: readonly string[], cwd: string, errors: FileError[]): TestFile[] {
  const files = paths.flatMap((file) => testsAt(file, resolve(cwd, file), errors));
  return [...new Map(files.map((found) => [found.path, found])).values()];
}

function testsAt(file: string, path: string, errors: FileError[]): TestFile[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return inFolder(file, path, errors);
  if (stats?.isFile()) return [{ file, path, found: false }];
  errors.push(fault(file, stats ? 'neither a file nor a folder' : 'no such file or folder'));
  return [];
}

function inFolder(file: string, path: string, errors: FileError[]): TestFile[] {
  return entriesOf(file, path, errors).flatMap((entry) => {
    const child = { file: join(file, entry.name), path: join(path, entry.name), found: true };
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : inFolder(child.file, child.path, errors);
    return /\.test\.ya?ml$/.test(entry.name) ? [child] : [];
  });
}

function entriesOf(file: string, path: string, errors: FileError[]): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    errors.push(fault(file, `the folder cannot be read (${codeOf(error)})`));
    return [];
  }
}

import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ReportError } from '../../report/report.ts';
import type { Io } from '../io.ts';

/** A file to scan, under the name that the report gives it. */
export interface Input {
  readonly file: string;
  readonly text: string;
}

/** A manifest is a few kilobytes; beyond this a file is something else, and reading it would fill the memory. */
const MAX_BYTES = 64 * 1024 * 1024;
const manifestName = /\.(ya?ml|json)$/i;
/** Folders that hold other people's files. */
const skippedFolders = new Set(['node_modules', '.git']);

/** The files that the paths name: files as they are, folders through all their YAML and JSON files, `-` for standard input. */
export async function readInputs(
  paths: readonly string[],
  io: Pick<Io, 'cwd' | 'stdin'>,
): Promise<{ files: Input[]; errors: ReportError[] }> {
  const files: Input[] = [];
  const errors: ReportError[] = [];
  for (const path of paths) {
    if (path === '-') files.push({ file: '-', text: (await io.stdin()).toString('utf8') });
    else for (const read of readPath(path, io.cwd)) ('text' in read ? files : errors).push(read as never);
  }
  return { files, errors };
}

function readPath(path: string, cwd: string): (Input | ReportError)[] {
  const stats = statSync(resolve(cwd, path), { throwIfNoEntry: false });
  if (!stats) return [fault(path, 'no such file or folder')];
  return stats.isDirectory() ? readFolder(path, cwd) : [readFile(path, cwd, stats)];
}

/** Links inside a folder are not followed: one may lead out of it, or around in a circle. */
function readFolder(folder: string, cwd: string): (Input | ReportError)[] {
  let names: string[];
  try {
    names = readdirSync(resolve(cwd, folder)).toSorted();
  } catch (error) {
    return [fault(folder, `the folder cannot be read (${codeOf(error)})`)];
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    const stats = lstatSync(resolve(cwd, path), { throwIfNoEntry: false });
    if (stats?.isDirectory()) return skippedFolders.has(name) ? [] : readFolder(path, cwd);
    return stats?.isFile() && manifestName.test(name) ? [readFile(path, cwd, stats)] : [];
  });
}

function readFile(path: string, cwd: string, stats: Stats): Input | ReportError {
  if (!stats.isFile()) return fault(path, 'neither a file nor a folder');
  if (stats.size > MAX_BYTES) return fault(path, `the file has ${stats.size} bytes; ${MAX_BYTES} are the most that are read`);
  try {
    return { file: path, text: readFileSync(resolve(cwd, path), 'utf8') };
  } catch (error) {
    return fault(path, `the file cannot be read (${codeOf(error)})`);
  }
}

const fault = (file: string, message: string): ReportError => ({ file, line: 1, column: 1, message });
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';

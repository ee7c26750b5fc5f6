import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FlagError, oneOf } from '../flags.ts';
import type { Io } from '../io.ts';
import { writeWhole } from './write-whole.ts';

/** Where one `--format` goes. */
export interface Destination {
  /** Of the format. */
  readonly name: string;
  /** Absolute; null for standard output. */
  readonly file: string | null;
}

/** Reads every `--format NAME` and `--format NAME=FILE`, before there is anything to write. @throws FlagError */
export function destinations(flags: readonly string[], names: readonly string[], cwd: string): Destination[] {
  const wanted = flags.map((flag) => destination(flag, names, cwd));
  refuseRepeats(wanted);
  return wanted;
}

/** Writes a report whole. @throws FlagError */
export function writeTo(file: string | null, content: string, io: Pick<Io, 'stdout'>): void {
  if (file === null) return io.stdout(content);
  try {
    writeWhole(file, content);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new FlagError(`--format: ${file} cannot be written (${code})`, { cause: error });
  }
}

/** `NAME` or `NAME=FILE`. */
function destination(flag: string, names: readonly string[], cwd: string): Destination {
  const [word = '', ...rest] = flag.split('=');
  const name = oneOf('format', word, names);
  if (rest.length === 0) return { name, file: null };
  const path = rest.join('=');
  if (path === '') throw new FlagError(`--format ${flag}: a file is expected after =, such as --format ${name}=report.out`);
  const file = resolve(cwd, path);
  if (!isFolder(dirname(file))) throw new FlagError(`--format ${flag}: there is no folder ${dirname(path)}; make it first`);
  if (isFolder(file)) throw new FlagError(`--format ${flag}: ${path} is a folder; name a file in it`);
  return { name, file };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function refuseRepeats(wanted: readonly Destination[]): void {
  if (wanted.filter(({ file }) => file === null).length > 1) {
    throw new FlagError('--format: only one format can go to standard output; give the others a file, as in --format sarif=out.sarif');
  }
  const files = wanted.flatMap(({ file }) => (file === null ? [] : [file]));
  const repeated = files.find((file, index) => files.indexOf(file) !== index);
  if (repeated !== undefined) throw new FlagError(`--format: two formats name the file ${repeated}; give each its own`);
}

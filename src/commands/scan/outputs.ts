import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checks } from '../../checks/index.ts';
import { github } from '../../report/github.ts';
import { gitlab } from '../../report/gitlab.ts';
import { html } from '../../report/html.ts';
import { json } from '../../report/json.ts';
import { junit } from '../../report/junit.ts';
import type { Format, Report } from '../../report/report.ts';
import { sarif } from '../../report/sarif.ts';
import { text } from '../../report/text.ts';
import { FlagError, oneOf } from '../flags.ts';
import type { Io } from '../io.ts';
import { useColour } from './colour.ts';
import { writeWhole } from './write-whole.ts';

/** Flags that say how a report is written. */
export const outputOptions = {
  format: { type: 'string', multiple: true },
  quiet: { type: 'boolean', short: 'q' },
  verbose: { type: 'boolean', short: 'v' },
  color: { type: 'string', default: 'auto' },
} as const;

export interface OutputFlags {
  readonly format?: readonly string[] | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color: string;
}

/** Every format by its name in `--format`. */
const formats: Readonly<Record<string, Format>> = { text, json, sarif, junit, github, gitlab, html };

interface Output {
  readonly format: Format;
  /** Absolute; null for standard output. */
  readonly file: string | null;
}

/** Reads the flags before anything is judged, and answers what writes the report to all the places they name. @throws FlagError */
export function outputs(flags: OutputFlags, io: Io): (report: Report) => void {
  if (flags.quiet === true && flags.verbose === true) throw new FlagError('--quiet and --verbose exclude each other; name one');
  const colour = oneOf('color', flags.color, ['auto', 'always', 'never']);
  const wanted = (flags.format ?? ['text']).map((flag) => output(flag, io.cwd));
  refuseRepeats(wanted);
  const context = { quiet: flags.quiet === true, verbose: flags.verbose === true, checks, version: io.version };
  return (report) => {
    for (const { format, file } of wanted) write(format(report, { ...context, colour: useColour(colour, io, file !== null) }), file, io);
  };
}

/** `NAME` or `NAME=FILE`. */
function output(flag: string, cwd: string): Output {
  const [name = '', ...rest] = flag.split('=');
  const format = formats[oneOf('format', name, Object.keys(formats))] ?? text;
  if (rest.length === 0) return { format, file: null };
  const path = rest.join('=');
  if (path === '') throw new FlagError(`--format ${flag}: a file is expected after =, such as --format ${name}=report.out`);
  const file = resolve(cwd, path);
  if (!isFolder(dirname(file))) throw new FlagError(`--format ${flag}: there is no folder ${dirname(path)}; make it first`);
  if (isFolder(file)) throw new FlagError(`--format ${flag}: ${path} is a folder; name a file in it`);
  return { format, file };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function refuseRepeats(wanted: readonly Output[]): void {
  if (wanted.filter(({ file }) => file === null).length > 1) {
    throw new FlagError('--format: only one format can go to standard output; give the others a file, as in --format sarif=out.sarif');
  }
  const files = wanted.flatMap(({ file }) => (file === null ? [] : [file]));
  const repeated = files.find((file, index) => files.indexOf(file) !== index);
  if (repeated !== undefined) throw new FlagError(`--format: two formats name the file ${repeated}; give each its own`);
}

function write(content: ReturnType<Format>, file: string | null, io: Io): void {
  if (file === null) return io.stdout(content);
  try {
    writeWhole(file, content);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new FlagError(`--format: ${file} cannot be written (${code})`, { cause: error });
  }
}

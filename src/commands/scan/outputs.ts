import { checks } from '../../checks/index.ts';
import { github } from '../../report/github.ts';
import { gitlab } from '../../report/gitlab.ts';
import { html } from '../../report/html.ts';
import { json } from '../../report/json.ts';
import { junit } from '../../report/junit.ts';
import type { Context, Format, Report } from '../../report/report.ts';
import { sarif } from '../../report/sarif.ts';
import { text } from '../../report/text.ts';
import { FlagError, oneOf } from '../flags.ts';
import type { Io } from '../io.ts';
import { useColour } from './colour.ts';
import { destinations, writeTo } from './destinations.ts';

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

/** Reads the flags before anything is judged, and answers what writes the report to all the places they name. @throws FlagError */
export function outputs(flags: OutputFlags, io: Io): (report: Report) => void {
  if (flags.quiet === true && flags.verbose === true) throw new FlagError('--quiet and --verbose exclude each other; name one');
  const colour = oneOf('color', flags.color, ['auto', 'always', 'never']);
  const wanted = destinations(flags.format ?? ['text'], Object.keys(formats), io.cwd);
  const context = { quiet: flags.quiet === true, verbose: flags.verbose === true, checks, version: io.version };
  return (report) => {
    for (const { name, file } of wanted) {
      writeTo(file, written(name, report, { ...context, colour: useColour(colour, io, file !== null) }), io);
    }
  };
}

/** @throws FlagError for a report that no text can hold: half a gigabyte. */
function written(name: string, report: Report, context: Context): string {
  try {
    return (formats[name] ?? text)(report, context);
  } catch (error) {
    if (!(error instanceof RangeError) || error.message !== 'Invalid string length') throw error;
    const { length } = report.results;
    throw new FlagError(`--format ${name}: the report of ${length} objects is too long for one file; scan fewer paths at a time`, {
      cause: error,
    });
  }
}

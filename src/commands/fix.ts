import type { ReportError } from '../report/report.ts';
import { FlagError } from './flags.ts';
import { fixTargets } from './fix/fix-targets.ts';
import type { Outcome } from './fix/fix-targets.ts';
import { readFixSettings } from './fix/settings.ts';
import type { FixSettings } from './fix/settings.ts';
import { errorLine, leftLines, totalLine } from './fix/words.ts';
import type { Io } from './io.ts';
import { fault } from './scan/input.ts';

/** `sallyport fix`: 0 nothing is left that is denied nor to do in a chart, 1 something is, 2 could not; 2 wins over 1. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    return await fix(readFixSettings(argv, io), io);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport fix: ${error.message}\n`);
    return 2;
  }
}

async function fix(settings: FixSettings, io: Io): Promise<number> {
  const outcome: Outcome = {
    errors: [...settings.config.errors],
    skipped: [],
    files: 0,
    cured: 0,
    judged: 0,
    failed: false,
    left: [],
    frames: new Map(),
  };
  // Policies that cannot be read in full would leave out what they meant to cure.
  if (outcome.errors.length === 0) await fixTargets(settings, outcome, io);
  if (outcome.judged === 0 && outcome.errors.length === 0) outcome.errors.push(nothingToFix(settings.paths));
  // The diff, or the text from standard input, is alone on standard output.
  const say = settings.dryRun || settings.paths.includes('-') ? io.stderr : io.stdout;
  const lines = [
    ...outcome.left.flatMap(leftLines),
    ...outcome.errors.flatMap((error) => [errorLine(error), ...(outcome.frames.get(error) ?? [])]),
  ];
  const total = totalLine({ ...outcome, errors: outcome.errors.length, dryRun: settings.dryRun });
  say([...lines, total, ''].join('\n'));
  if (outcome.errors.length > 0) return 2;
  return outcome.failed ? 1 : 0;
}

const nothingToFix = ([file = '']: readonly string[]): ReportError =>
  fault(file, 'nothing to fix was found here: no document with an apiVersion and a kind');

import type { Report } from '../report/report.ts';
import { FlagError } from './flags.ts';
import type { Io } from './io.ts';
import { fault } from './scan/input.ts';
import type { Leftovers } from './scan/input.ts';
import { judgeTargets } from './scan/judge-targets.ts';
import { outputs } from './scan/outputs.ts';
import { strictBy } from './scan/strict.ts';
import type { Settings } from './scan/settings.ts';
import { printedConfig, readSettings } from './scan/settings.ts';
import { findTargets } from './scan/targets.ts';
import { verdictCode } from './scan/verdict-code.ts';

/** `sallyport scan`: 0 nothing denied, 1 something denied, 2 could not judge; 2 wins over 1. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    return await scan(argv, io);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport scan: ${error.message}\n`);
    return 2;
  }
}

async function scan(argv: string[], io: Io): Promise<number> {
  const settings = readSettings(argv, io);
  const { flags, config } = settings;
  if (flags['print-config'] && config.errors.length === 0) return print(printedConfig(settings), io);
  const write = outputs(flags, io);
  if (flags.verbose && config.file !== null) io.stderr(`sallyport scan: configuration from ${config.file}\n`);
  const errors = [...config.errors, ...settings.baseline.errors];
  const report = errors.length > 0 ? onlyErrors(errors) : await judgeAll(settings, io);
  write(report);
  if (errors.length === 0) settings.baseline.settle(report, io);
  return verdictCode(report, { failOn: settings.failOn, exitZero: flags['exit-zero'] === true });
}

async function judgeAll(settings: Settings, io: Io): Promise<Report> {
  if (settings.live !== null) return (await import('./live/judge-running.ts')).judgeRunning(settings, settings.live, io);
  const { flags, paths } = settings;
  const found: Leftovers = { errors: [], skipped: [] };
  const targets = findTargets(paths, settings.selection, found);
  const stdin = targets.some(({ kind }) => kind === 'stdin') ? await io.stdin() : null;
  const report = judgeTargets(targets, stdin, { ...settings, strict: await strictBy(flags, io.cwd) }, io);
  const whole = { ...report, errors: [...found.errors, ...report.errors], ignored: [...found.skipped, ...report.ignored] };
  const nothingChanged = targets.length === 0 && flags['changed-since'] !== undefined;
  if (nothingChanged && whole.errors.length === 0)
    io.stderr(`sallyport scan: nothing to scan has changed since ${flags['changed-since']}\n`);
  return nothingFound(whole) && !nothingChanged ? { ...whole, errors: [nothingToJudge(paths, whole.ignored.length)] } : whole;
}

const nothingFound = ({ results, errors }: Report): boolean => results.length === 0 && errors.length === 0;

/** No false green: a path that was mistyped, or a folder without a manifest, must not pass. */
function nothingToJudge([file = '']: readonly string[], ignored: number): Report['errors'][number] {
  const advice = ignored === 0 ? '' : `; ${ignored} passed over, -v says why`;
  return fault(file, `nothing to judge was found here: no document with an apiVersion and a kind${advice}`);
}

const onlyErrors = (errors: Report['errors']): Report => ({
  digest: `sha256:${'0'.repeat(64)}`,
  results: [],
  errors,
  ignored: [],
  sources: new Map(),
});

function print(text: string, io: Io): number {
  io.stdout(text);
  return 0;
}

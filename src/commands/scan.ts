import type { Report } from '../report/report.ts';
import { summary } from '../report/report.ts';
import { FlagError, parseFlags } from './flags.ts';
import type { Io } from './io.ts';
import { policyOptions, policySet } from './policy-flags.ts';
import { readInputs } from './scan/inputs.ts';
import { outputOptions, outputs } from './scan/outputs.ts';
import { scanFiles } from './scan/scan-files.ts';

const options = {
  ...policyOptions,
  ...outputOptions,
  namespace: { type: 'string' },
} as const;

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
  const { values, positionals } = parseFlags(argv, options, true);
  const write = outputs(values, io);
  if (positionals.length === 0) throw new FlagError('name a file or a folder to scan, or - for standard input');
  const { set, errors: broken } = policySet(values, io);
  const { files, errors: unread } = await readInputs(positionals, io);
  const report = scanFiles(files, { set, namespace: values.namespace ?? 'default' });
  const whole = { ...report, errors: [...broken, ...unread, ...report.errors] };
  const judged = nothingFound(whole) ? { ...whole, errors: [nothingToJudge(positionals)] } : whole;
  write(judged);
  return exitCode(judged);
}

const nothingFound = ({ results, errors }: Report): boolean => results.length === 0 && errors.length === 0;

/** No false green: a path that was mistyped, or a folder without a manifest, must not pass. */
const nothingToJudge = ([file = '']: string[]): Report['errors'][number] => ({
  file,
  line: 1,
  column: 1,
  message: 'nothing to judge was found here: no document with an apiVersion and a kind',
});

function exitCode(report: Report): number {
  if (report.errors.length > 0) return 2;
  return summary(report).denied > 0 ? 1 : 0;
}

import type { FileError } from '../policy/load.ts';
import { matchesGlob } from '../policy/glob.ts';
import { FlagError, parseFlags } from './flags.ts';
import type { Io } from './io.ts';
import { destinations, writeTo } from './scan/destinations.ts';
import { fault } from './scan/input.ts';
import { coverage } from './test/coverage.ts';
import { findTests } from './test/find-tests.ts';
import { junit } from './test/junit.ts';
import type { Outcome, TestFormat } from './test/outcome.ts';
import { hasFailed } from './test/run-case.ts';
import { runFile } from './test/run-file.ts';
import type { FileResult } from './test/run-file.ts';
import { text } from './test/text.ts';
import { updateFile } from './test/update.ts';

const testOptions = {
  format: { type: 'string', multiple: true },
  only: { type: 'string', multiple: true },
  coverage: { type: 'boolean' },
  update: { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v' },
} as const;

const formats: Readonly<Record<string, TestFormat>> = { text, junit };

/** `sallyport test`: 0 every case holds, 1 one does not, 2 a test or a policy is broken, or there is none; 2 wins over 1. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    return test(argv, io);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport test: ${error.message}\n`);
    return 2;
  }
}

/** In one thread: another one loads for as long as a thousand cases take to judge. */
function test(argv: string[], io: Io): number {
  const { values: flags, positionals } = parseFlags(argv, testOptions, true);
  const wanted = destinations(flags.format ?? ['text'], Object.keys(formats), io.cwd);
  const outcome = runAll(positionals.length > 0 ? positionals : ['.'], flags, io);
  for (const { name, file } of wanted) writeTo(file, (formats[name] ?? text)(outcome, { verbose: flags.verbose === true }), io);
  if (outcome.errors.length > 0) return 2;
  return outcome.files.some(({ cases }) => cases.some(hasFailed)) ? 1 : 0;
}

interface TestFlags {
  readonly only?: readonly string[] | undefined;
  readonly coverage?: boolean | undefined;
  readonly update?: boolean | undefined;
}

function runAll(paths: readonly string[], flags: TestFlags, io: Io): Outcome {
  const errors: FileError[] = [];
  const found = findTests(paths, io.cwd, errors);
  const ran = found.map((file) => runFile(file, choosing(flags.only), io, errors)).filter((result) => result !== null);
  const cases = countOf(ran);
  if (cases === 0 && errors.length === 0) errors.push(nothingRun(paths, ran.length > 0));
  const files = flags.update === true ? ran.map((file) => updateFile(file, errors)) : ran;
  const findings = ran.flatMap((file) => file.cases.flatMap((one) => one.findings));
  return {
    files,
    errors,
    updated: cases - countOf(files),
    ...(flags.coverage === true && {
      coverage: coverage(
        ran.flatMap(({ sets }) => sets),
        findings,
      ),
    }),
  };
}

const countOf = (files: readonly FileResult[]): number => files.reduce((sum, { cases }) => sum + cases.length, 0);

/** `*` stands for any characters, and the pattern for a part of the name of a case or of its file. */
function choosing(patterns: readonly string[] | undefined): (file: string, name: string) => boolean {
  if (patterns === undefined) return () => true;
  const globs = patterns.map((pattern) => `*${pattern}*`);
  return (file, name) => globs.some((glob) => matchesGlob(glob, name) || matchesGlob(glob, file));
}

/** No false green. */
const nothingRun = ([file = '']: readonly string[], chosen: boolean): FileError =>
  fault(file, chosen ? 'no case has a name that --only names' : 'no test was found here: no *.test.yaml that holds a GuardrailTest');

import { commandTable } from './completion/flag-table.ts';
import { shells } from './completion/shells.ts';
import { nearestWord } from '../kube/nearest-word.ts';
import { FlagError, parseFlags } from './flags.ts';
import type { Io } from './io.ts';
import { commandNames, commandUsage } from './usage.ts';

/** `sallyport completion bash|zsh|fish`: prints what the shell is to read at its start. */
export async function run(argv: string[], io: Io): Promise<number> {
  try {
    const { positionals } = parseFlags(argv, {}, true);
    const write = shells[oneOfShells(positionals)];
    io.stdout(write?.(commandNames.map((name) => commandTable(name, commandUsage(name)))) ?? '');
    return 0;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    io.stderr(`sallyport completion: ${error.message}\n`);
    return 2;
  }
}

function oneOfShells([shell, ...more]: readonly string[]): string {
  if (shell === undefined || more.length > 0) throw new FlagError(`name one shell: ${Object.keys(shells).join(', ')}`);
  if (Object.hasOwn(shells, shell)) return shell;
  const nearest = nearestWord(shell, Object.keys(shells));
  throw new FlagError(
    `there is no completion for ${JSON.stringify(shell)}; ${nearest === null ? `the shells are ${Object.keys(shells).join(', ')}` : `did you mean ${nearest}?`}`,
  );
}

import { nearestWord } from '../kube/nearest-word.ts';
import type { Io, Run } from './io.ts';
import { commandUsage, usage } from './usage.ts';

type Loader = () => Promise<{ run: Run }>;

/** Every command, loaded only when it is asked for: `scan` must not pay for the server. */
export const commands: Readonly<Record<string, Loader>> = {
  serve: () => import('./serve.ts'),
  scan: () => import('./scan.ts'),
  fix: () => import('./fix.ts'),
  test: () => import('./test.ts'),
  explain: () => import('./explain.ts'),
  preview: () => import('./preview.ts'),
  completion: () => import('./completion.ts'),
  generate: () => import('./generate.ts'),
};

/**
 * Runs the command that `argv` (without node and script) names. Resolves to the exit code: 2 where there is no such command.
 * `--help` anywhere prints usage, `--version` the version, and neither runs anything.
 */
export async function dispatch(argv: readonly string[], io: Io, table = commands): Promise<number> {
  const [first, ...rest] = argv;
  if (first === '--version' || first === 'version') return print(io, `${io.version}\n`);
  if (first === undefined || isHelp(first)) return print(io, usage);
  const load = Object.hasOwn(table, first) ? table[first] : undefined;
  if (load === undefined) return refuse(first, io, Object.keys(table));
  if (asks(rest, isHelp)) return print(io, commandUsage(first));
  if (asks(rest, (word) => word === '--version')) return print(io, `${io.version}\n`);
  const { run } = await load();
  return run(rest, io);
}

function print(io: Io, text: string): number {
  io.stdout(text);
  return 0;
}

function refuse(word: string, io: Io, known: readonly string[]): number {
  const nearest = nearestWord(word, [...known, '--help', '--version']);
  const advice = nearest === null ? `The commands are ${known.join(', ')}.` : `Did you mean ${nearest}?`;
  io.stderr(`sallyport: there is no command ${JSON.stringify(word)}. ${advice} See sallyport --help.\n`);
  return 2;
}

/** What follows `--` is a path, whatever it looks like. */
function asks(words: readonly string[], isMeant: (word: string) => boolean): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? words.length : end).some(isMeant);
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h';

import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import { nearestWord } from '../kube/nearest-word.ts';

/** A command line that cannot be understood; the message names the flag and, where one is near, the right one. */
export class FlagError extends Error {
  readonly code = 'FLAG';
}

/** Parses `argv` by `options`. @throws FlagError */
export function parseFlags<const O extends ParseArgsOptionsConfig>(argv: string[], options: O, allowPositionals: boolean) {
  try {
    return parseArgs({ args: argv, options, allowPositionals, strict: true });
  } catch (error) {
    throw new FlagError(flagMessage(error as NodeJS.ErrnoException, options), { cause: error });
  }
}

function flagMessage(error: NodeJS.ErrnoException, options: ParseArgsOptionsConfig): string {
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return unknownFlag(error.message, options);
  if (error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `${error.message.split('. ')[0]}; this command takes flags only`;
  return error.message.split('\n')[0] ?? error.message;
}

function unknownFlag(message: string, options: ParseArgsOptionsConfig): string {
  const word = /'(-[^']*)'/.exec(message)?.[1] ?? '';
  const nearest = nearestWord(word.replace(/^-+/, ''), [...Object.keys(options), 'help', 'version']);
  const known = Object.keys(options).map((name) => `--${name}`);
  return `unknown flag ${word}; ${nearest === null ? `the flags are ${known.join(', ')}` : `did you mean --${nearest}?`}`;
}

/** One of `allowed`. @throws FlagError naming the nearest. */
export function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const nearest = nearestWord(value, allowed);
  throw new FlagError(
    `--${flag} ${value}: one of ${allowed.join(', ')} is expected${nearest === null ? '' : `; did you mean ${nearest}?`}`,
  );
}

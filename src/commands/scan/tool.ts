import { spawnSync } from 'node:child_process';
import { printable } from '../../kube/printable.ts';
import type { Io } from '../io.ts';

/** A program of the PATH that is missing or has failed; the message says which, and what it said. */
export class ToolError extends Error {
  readonly code: 'TOOL_MISSING' | 'TOOL_FAILED';

  constructor(code: ToolError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const MAX_OUTPUT = 256 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Runs a program of the PATH, without a shell and without input. Answers its standard output. @throws ToolError */
export function runTool(name: string, args: readonly string[], { env, cwd }: Pick<Io, 'env' | 'cwd'>): string {
  const { error, status, signal, stdout, stderr } = spawnSync(name, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
    timeout: TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const failure: NodeJS.ErrnoException | undefined = error;
  if (failure?.code === 'ENOENT') throw new ToolError('TOOL_MISSING', `${name} is not on the PATH`, { cause: error });
  if (failure) throw new ToolError('TOOL_FAILED', `${name} could not be run (${failure.code})`, { cause: error });
  if (status === 0) return stdout;
  throw new ToolError('TOOL_FAILED', `${name} ${status === null ? `ended by ${signal}` : `left with ${status}`}: ${lastWords(stderr)}`);
}

const lastWords = (stderr: string): string => printable(stderr.trim().split('\n').slice(-3).join(' ')).slice(0, 1000) || 'it said nothing';

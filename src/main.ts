import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { inspect, stripVTControlCharacters } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { dispatch } from './commands/dispatch.ts';
import { MAX_INPUT_BYTES } from './commands/io.ts';
import type { Io } from './commands/io.ts';

// Patterns come from policies: a RegExp that backtracks too much goes over to V8's linear engine. Before any pattern is compiled.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** Time that a finished command's open handles (a watch, a keep-alive socket) may hold the process. */
const LINGER_MS = 1000;
const PARENT_POLL_MS = 200;
const signals = ['SIGTERM', 'SIGINT'] as const;

// An uncaught error's own exit code is 1, which a pipeline would read as a denial.
process.on('uncaughtException', (error) => {
  report(error);
  process.exit(2);
});
for (const stream of [process.stdout, process.stderr]) stream.on('error', onWriteError);

const root = new URL('../', import.meta.url);

try {
  finish(await dispatch(process.argv.slice(2), processIo()));
} catch (error) {
  report(error);
  finish(2);
}

function processIo(): Io {
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    terminal: process.stdout.isTTY,
    errorTerminal: process.stderr.isTTY,
    stdin,
    ...(isatty(0) && { ask }),
    cwd: process.cwd(),
    env: process.env,
    now: () => new Date(),
    root,
    version: packageVersion(),
    nodeFlags: process.execArgv,
    termination,
  };
}

/** No more than is needed to say that it is too much: what never ends would fill the memory. */
async function stdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_INPUT_BYTES) break;
  }
  return Buffer.concat(chunks);
}

async function ask(question: string): Promise<string | null> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(null));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return manifest.version;
}

function termination(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
    // npm passes on a Ctrl-C that the terminal has sent already: only a later one, meant as a second, ends the process at once.
    setTimeout(() => signals.forEach((name) => process.off(name, stop)), LINGER_MS).unref();
  };
  for (const name of signals) process.on(name, stop);
  if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent(() => controller.abort());
  return controller.signal;
}

/** The shell that `npm start` puts between dies of a SIGTERM without passing it on, and would leave the server running. */
function stopWithParent(stop: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, PARENT_POLL_MS).unref();
}

/** Leaves when all output is written; what still holds the process then does so for a moment only. */
function finish(code: number): void {
  // A failed write may have set 2 before; it stands.
  process.exitCode ??= code;
  process.stdout.write('', () => setTimeout(() => process.exit(), LINGER_MS).unref());
}

/** A reader that has seen enough (`scan | head`) is no error, and the exit code still tells the verdict. */
function onWriteError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.exitCode = 2;
  report(error);
}

function report(error: unknown): void {
  const detail = process.env['SALLYPORT_DEBUG'] ? inspect(error) : summary(error);
  process.stderr.write(`sallyport: ${detail}\n`);
}

/** One line: the code, and the first line of what went wrong. */
function summary(error: unknown): string {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: 'thrown without an Error' };
  const text = stripVTControlCharacters(message).split(/[\r\n]/, 1)[0];
  const coded = code === undefined || text?.startsWith(code) ? text : `${code}: ${text}`;
  return `${coded} (SALLYPORT_DEBUG=1 shows where)`;
}

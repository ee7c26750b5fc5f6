/** All that a command sees of the process it runs in, so that a test can hand it another. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether somebody reads standard output in a terminal. */
  readonly terminal?: boolean;
  /** The same of standard error. */
  readonly errorTerminal?: boolean;
  /** Reads standard input to its end, or a little more than `MAX_INPUT_BYTES` of it. */
  readonly stdin: () => Promise<Buffer>;
  /** Asks whoever sits at the terminal; null where they end the input. Absent where standard input is no terminal. */
  readonly ask?: (question: string) => Promise<string | null>;
  /** Absolute path that relative arguments start from. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flags that Node itself was started with; absent: none. */
  readonly nodeFlags?: readonly string[];
  readonly now: () => Date;
  /** Folder of the package (ends in a slash): `new URL('policies/', root)` holds the shipped packs, from a checkout and from the bundle. */
  readonly root: URL;
  /** Version of the package. */
  readonly version: string;
  /**
   * Asks to be told of SIGTERM and SIGINT instead of ending at once: the first aborts the signal, a second ends the process.
   * A command that has nothing to finish never calls it.
   */
  readonly termination: () => AbortSignal;
}

/** A manifest is a few kilobytes; beyond this an input is something else, and reading it would fill the memory. */
export const MAX_INPUT_BYTES = 64 * 1024 * 1024;

/** What a command module exports as `run`: resolves to the exit code. It may throw; main prints the message and exits 2. */
export type Run = (argv: string[], io: Io) => Promise<number>;

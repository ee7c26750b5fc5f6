import type { Logger } from 'pino';
import type { Clock } from '../../cluster/clock.ts';
import type { FileError } from '../../policy/load.ts';
import type { FilePolicies } from '../../policy/store.ts';
import { FlagError } from '../flags.ts';
import type { Io } from '../io.ts';
import type { PolicyFlags } from '../policy-flags.ts';
import { policySet, readPolicies } from '../policy-flags.ts';
import { listeners } from './listeners.ts';

/** The policies of files, as they were when they last had no fault. */
export interface PolicyFiles {
  readonly current: () => FilePolicies;
  readonly onChange: (listener: () => void, signal: AbortSignal) => void;
  /** Why the files as they are now are not in force, or null. */
  readonly fault: () => string | null;
}

export interface PolicyFileDeps {
  readonly io: Pick<Io, 'cwd' | 'root' | 'now'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The files have changed and cannot be put in force. */
  readonly failed: () => void;
}

/** A mounted ConfigMap follows its object within a minute or so. */
const LOOK_MS = 5_000;

/**
 * Looks at the files that the flags name until the signal aborts: a mounted ConfigMap changes under us. What is broken is told once, and the
 * last that was not stays.
 * @param first what they hold now.
 */
export function followPolicyFiles(
  flags: PolicyFlags,
  first: FilePolicies,
  { io, clock, log, failed }: PolicyFileDeps,
  signal: AbortSignal,
): PolicyFiles {
  const changed = listeners<void>();
  let current = first;
  let fault: string | null = null;
  let seen = look();
  void follow();
  return { current: () => current, onChange: changed.add, fault: () => fault };

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, signal);
      const now = look();
      if (signal.aborted || now === seen) continue;
      seen = now;
      load();
    }
  }

  /** All that the files say, or why they cannot be read. */
  function look(): string {
    try {
      return JSON.stringify(readPolicies(flags, io));
    } catch (error) {
      return String(error instanceof FlagError ? error.message : error);
    }
  }

  function load(): void {
    try {
      const { files, errors, warnings } = policySet(flags, io);
      if (errors.length > 0) return broken(errors.map(line).join('; '));
      for (const warning of warnings) log.warn({ policy: line(warning) }, 'a policy file is weaker than it looks');
      current = files;
    } catch (err) {
      return broken(err instanceof FlagError ? err.message : 'they cannot be read', err);
    }
    fault = null;
    log.info('policy files have changed, and are in force as they are now');
    changed.tell();
  }

  function broken(why: string, err?: unknown): void {
    fault = why.slice(0, MAX_FAULT);
    failed();
    log.error({ fault, err }, 'policy files have changed and cannot be put in force; what was in force before stays');
  }
}

const MAX_FAULT = 4096;

const line = ({ file, line: row, column, message }: FileError): string => `${file}:${row}:${column}: ${message}`;

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Whether processes can be kept to a core: without it, servers and load share whatever the scheduler gives them. */
export const pinning = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** `node ARGS` on the first core (the servers), on the second (the load), or anywhere. */
export function node(args: readonly string[], core: 'server' | 'load' | 'any', options: SpawnOptions = {}): ChildProcess {
  const command = [process.execPath, ...args];
  const pinned = pinning && core !== 'any' ? ['taskset', '-c', core === 'server' ? '0' : '1', ...command] : command;
  const [program = '', ...rest] = pinned;
  return spawn(program, rest, options);
}

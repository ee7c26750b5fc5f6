import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Seconds of CPU that a process has used, in steps of 10 ms; NaN where /proc is not. Less disturbed by neighbours than any clock. */
export function cpuSeconds(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? NaN) + Number(fields[12] ?? NaN)) / ticksPerSecond();
}

/** Resident memory in MB (10^6 bytes); NaN where /proc is not. */
export const residentMegabytes = (pid: number): number =>
  (Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? NaN) * 1024) / 1e6;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const ticksPerSecond = (): number => Number(spawnSync('getconf', ['CLK_TCK']).stdout) || 100;

import { readFileSync, statSync } from 'node:fs';
import { MAX_INPUT_BYTES } from '../io.ts';
import type { Io } from '../io.ts';
import type { ChartSettings } from './chart.ts';
import { renderChart } from './chart.ts';
import { decode } from './decode.ts';
import { codeOf, fault } from './input.ts';
import type { Input, Leftovers } from './input.ts';
import { RemoteBase, renderKustomization } from './kustomization.ts';
import type { Target } from './targets.ts';
import { ToolError } from './tool.ts';

export interface ReadSettings {
  readonly chart: ChartSettings;
  readonly allowRemote: boolean;
  /** What standard input held; null where nothing asked for it. */
  readonly stdin: Buffer | null;
}

/** Reads one target after another, each only when it is asked for, so that no more than one is held. */
export function* readTargets(
  targets: readonly Target[],
  settings: ReadSettings,
  io: Pick<Io, 'env' | 'cwd'>,
  leftovers: Leftovers,
  onTarget: (done: number) => void = () => undefined,
): Generator<Input> {
  for (const [done, target] of targets.entries()) {
    onTarget(done);
    yield* readTarget(target, settings, io, leftovers);
  }
}

function readTarget(target: Target, settings: ReadSettings, io: Pick<Io, 'env' | 'cwd'>, { errors }: Leftovers): Input[] {
  const { kind, file } = target;
  try {
    if (kind === 'chart') return renderChart(target, settings.chart, io);
    if (kind === 'kustomization') return renderKustomization(target, settings.allowRemote, io);
    const bytes = kind === 'stdin' ? (settings.stdin ?? Buffer.alloc(0)) : bytesOf(target);
    const read = typeof bytes === 'string' ? fault(file, bytes) : whole(file, bytes);
    if ('text' in read) return [{ file, text: read.text, found: target.found }];
    errors.push(read);
  } catch (error) {
    if (!(error instanceof ToolError) && !(error instanceof RemoteBase)) throw error;
    errors.push(fault(file, error.message));
  }
  return [];
}

const TOO_LARGE = `there are more than ${MAX_INPUT_BYTES} bytes, which are the most that are read`;

const whole = (file: string, bytes: Buffer): ReturnType<typeof decode> =>
  bytes.length > MAX_INPUT_BYTES ? fault(file, TOO_LARGE) : decode(file, bytes);

/** The bytes of a file, or why they cannot be had. */
function bytesOf({ path }: Target): Buffer | string {
  try {
    const stats = statSync(path);
    // What a shell makes of `<(command)`; any other pipe may have nobody at its end, and would be waited for.
    const isHandedOver = path.startsWith('/dev/') || path.startsWith('/proc/self/fd/');
    if (!stats.isFile() && !(isHandedOver && stats.isFIFO()))
      return stats.isFIFO() ? 'a named pipe is not read; use -' : 'neither a file nor a folder';
    return stats.size > MAX_INPUT_BYTES ? TOO_LARGE : readFileSync(path);
  } catch (error) {
    return `the file cannot be read (${codeOf(error)})`;
  }
}

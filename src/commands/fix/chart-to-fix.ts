import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Io } from '../io.ts';
import { chartReader, renderChart } from '../scan/chart.ts';
import type { ChartSettings } from '../scan/chart.ts';
import type { Target } from '../scan/targets.ts';
import { ToolError } from '../scan/tool.ts';
import type { ChartToFix } from './fix-chart.ts';

/** A chart that can be rendered again with other values. Of helm, the last values file wins, and the chart's own counts least. */
export function chartToFix(target: Target, settings: ChartSettings, io: Pick<Io, 'env' | 'cwd'>): ChartToFix {
  const own = { file: join(target.file, 'values.yaml'), text: chartReader(target.path)('values.yaml') };
  const given = settings.values.map((file) => ({ file, text: textOf(resolve(io.cwd, file)) }));
  return {
    file: target.file,
    values: [...given.toReversed(), own].flatMap(({ file, text }) => (text === null ? [] : [{ file, text }])),
    render: ({ set, json = [] }) => {
      try {
        return renderChart(target, { ...settings, set: [...settings.set, ...set], json }, io);
      } catch (error) {
        // A value that the schema of the chart forbids is no way to cure it.
        if (error instanceof ToolError) return null;
        throw error;
      }
    },
  };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

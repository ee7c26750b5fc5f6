import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Io } from '../io.ts';
import type { Input } from './input.ts';
import type { Target } from './targets.ts';
import { unpackedChart } from './packed-chart.ts';
import { templatePlaces } from './template-lines.ts';
import { runTool, ToolError } from './tool.ts';

/** How charts are rendered. */
export interface ChartSettings {
  /** Program to call: a name on the PATH, or a path. */
  readonly helm: string;
  /** Values files, from the working folder, and single values as `--set` of helm takes them. */
  readonly values: readonly string[];
  readonly set: readonly string[];
  /** As `--set-json` of helm takes them. */
  readonly json?: readonly string[];
  readonly namespace: string;
}

/** A folder with a Chart.yaml, or a packed chart. */
export const isChart = (path: string, isFolder: boolean): boolean => (isFolder ? existsSync(join(path, 'Chart.yaml')) : isPacked(path));

const isPacked = (path: string): boolean => /\.(tgz|tar\.gz)$/i.test(path);

/** The objects that helm makes of a chart, each under the name of its template. @throws ToolError */
export function renderChart(target: Target, settings: ChartSettings, io: Pick<Io, 'env' | 'cwd'>): Input[] {
  const { helm, values, set, json = [], namespace } = settings;
  const flags = [
    ...values.flatMap((file) => ['--values', resolve(io.cwd, file)]),
    ...set.flatMap((pair) => ['--set', pair]),
    ...json.flatMap((pair) => ['--set-json', pair]),
  ];
  try {
    const output = runTool(helm, ['template', 'release-name', target.path, '--namespace', namespace, ...flags], io);
    const read = chartReader(target.path);
    return templatesIn(output).map(({ source, text }) => chartInput(target, read, source, text));
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'TOOL_MISSING') throw error;
    throw new ToolError(error.code, `a chart needs helm to be rendered, and ${error.message}; install it or name it with --helm`, {
      cause: error,
    });
  }
}

interface RenderedTemplate {
  /** `chart/templates/deployment.yaml` as helm names it; null for what it names nothing. */
  readonly source: string | null;
  readonly text: string;
}

const header = /^---[ \t]*\r?\n# Source: (.+)$/gm;

/** Helm names the template before each document that it makes. Nothing of the output is left out. */
export function templatesIn(output: string): RenderedTemplate[] {
  const headers = [...output.matchAll(header)];
  const before = { source: null, text: output.slice(0, headers[0]?.index ?? output.length) };
  const named = headers.map((match, index) => ({
    source: match[1]?.trim() ?? null,
    text: output.slice(match.index, headers[index + 1]?.index ?? output.length),
  }));
  return [before, ...named].filter(({ text }) => text.trim() !== '');
}

function chartInput(target: Target, read: ChartReader, source: string | null, text: string): Input {
  // The first part is the chart's own name, which need not be that of its folder.
  const inside = source?.split('/').slice(1).join('/') ?? '';
  const file = inside === '' ? target.file : join(target.file, inside);
  const template = read(inside);
  return template === null ? { file, text } : { file, text, rendered: { source: template, place: templatePlaces(template, text) } };
}

/** Answers the text of a file of a chart by its name inside; null where there is none, and for a name that leads out of the chart. */
export type ChartReader = (inside: string) => string | null;

export function chartReader(path: string): ChartReader {
  if (isPacked(path)) {
    const files = new Map([...unpackedChart(path)].map(([name, text]) => [name.split('/').slice(1).join('/'), text]));
    return (inside) => files.get(inside) ?? null;
  }
  return (inside) => {
    try {
      const file = realpathSync(resolve(path, inside));
      return file.startsWith(realpathSync(path) + sep) ? readFileSync(file, 'utf8') : null;
    } catch {
      return null;
    }
  };
}

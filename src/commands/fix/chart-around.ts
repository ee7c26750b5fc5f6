import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Folders of a chart whose files helm reads, and no API server. */
const chartFolder = /^(?:templates|charts|crds)(?:[\\/]|$)/;

/** The chart that a file is a template of, or null. */
export function chartAround(file: string): string | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (chartFolder.test(relative(folder, file)) && existsSync(join(folder, 'Chart.yaml'))) return folder;
    if (folder === dirname(folder)) return null;
  }
}

import { dirname, relative } from 'node:path';
import type { Step } from '../../kube/field-path.ts';
import { formatPath, parsePath } from '../../kube/field-path.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { locator } from '../../yaml/locate.ts';
import { readDocuments } from '../../yaml/read.ts';

/** Answers where a value of a chart stands: the first of the files that has it or something around it, or where it would be new. */
export function valuesPlaces(files: readonly { readonly file: string; readonly text: string }[]): (key: string) => string {
  const read = files.flatMap(({ file, text }) => {
    const [document] = readDocuments(text);
    return document !== undefined && 'value' in document ? [{ file, value: document.value, locate: locator(text, document) }] : [];
  });
  return (key) => {
    const steps = parsePath(key);
    const depths = read.map(({ value }) => depthOf(value, steps));
    const best = depths.indexOf(Math.max(0, ...depths));
    const found = read[best];
    if (found === undefined || depths[best] === 0) return `new in ${files.at(-1)?.file ?? 'the values'}`;
    return `${found.file}:${found.locate(formatPath(steps.slice(0, depths[best]))).line}`;
  };
}

/** How many steps of the way there are. */
function depthOf(value: Json, steps: readonly Step[]): number {
  let at: Json | undefined = value;
  for (const [depth, step] of steps.entries()) {
    at = Array.isArray(at) ? at[Number(step)] : isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
    if (at === undefined) return depth;
  }
  return steps.length;
}

/** The keys under which the values of a chart inside the chart stand; what is global stands at the top. */
export function subchartOf(chart: string, file: string, [first]: readonly Step[]): string[] {
  if (first === 'global') return [];
  const folders = dirname(relative(chart, file)).split(/[\\/]/);
  return folders.flatMap((folder, index) => (folders[index - 1] === 'charts' && folders[index - 2] !== 'templates' ? [folder] : []));
}

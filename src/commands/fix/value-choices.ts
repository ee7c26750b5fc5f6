import type { Cure } from '../../engine/finding.ts';
import { formatPath, parsePath } from '../../kube/field-path.ts';
import type { Step } from '../../kube/field-path.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { ValuesReference } from './values-references.ts';

/** A value of the chart, and what it would have to be; undefined takes it away. */
export interface ValueChoice {
  readonly key: readonly Step[];
  readonly value: Json | undefined;
  /** The line of the template that writes it. */
  readonly line: number;
}

/** What is wrong in a rendered object, and what cures it. */
interface Fault {
  readonly path: string;
  readonly cure: Cure;
  readonly object: Json;
  /** Paths of all that cures take out of the same object. */
  readonly gone: readonly string[];
}

/**
 * Values that may stand behind a field, the likeliest first: what fills the field itself, or one around it. Whether one does, only
 * rendering the chart with it can tell.
 * @param near the line of the template where the fault was found, from 1; null where that is not known.
 */
export function valueChoices(
  { path, cure, object, gone }: Fault,
  references: readonly ValuesReference[],
  near: number | null,
): ValueChoice[] {
  const { steps, value } = wanted(parsePath(path), cure, object, gone.map(parsePath));
  const filling = references.flatMap((reference) => {
    const depth = steps.lastIndexOf(reference.field);
    return depth === -1 ? [] : [{ ...reference, depth }];
  });
  const byLikelihood = filling.toSorted((a, b) => b.depth - a.depth || away(a.line, near) - away(b.line, near) || a.line - b.line);
  return byLikelihood.map(({ key, line, depth }) => ({ key: [...key, ...steps.slice(depth + 1)], value, line }));
}

/** Values are set by their keys: items leave a list that is set without them, all at once. */
function wanted(
  steps: readonly Step[],
  cure: Cure,
  object: Json,
  gone: readonly Step[][],
): { steps: readonly Step[]; value: Json | undefined } {
  if ('set' in cure) return { steps, value: cure.set };
  if (typeof steps.at(-1) !== 'number') return { steps, value: undefined };
  const around = steps.slice(0, -1);
  const list = valueAt(object, around);
  const indexes = [steps, ...gone].filter((other) => formatPath(other.slice(0, -1)) === formatPath(around)).map((other) => other.at(-1));
  return { steps: around, value: Array.isArray(list) ? list.filter((_, index) => !indexes.includes(index)) : undefined };
}

function valueAt(object: Json, steps: readonly Step[]): Json | undefined {
  let at: Json | undefined = object;
  for (const step of steps) at = Array.isArray(at) ? at[Number(step)] : isObject(at) ? at[step] : undefined;
  return at;
}

/** What stands below belongs to the same container more often than what stands above. */
const away = (line: number, near: number | null): number => (near === null ? 0 : line >= near ? line - near : 2 * (near - line));

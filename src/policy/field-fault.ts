import type { CelDocument } from '../api/cel-rule.ts';
import type { Step } from '../kube/field-path.ts';
import { formatPath, parsePath } from '../kube/field-path.ts';

/** What is wrong with the `field` of a rule in CEL, and what was meant: a path that is read amiss would be edited amiss. */
export function fieldFault({ field, over = 'object' }: Pick<CelDocument, 'field' | 'over'>): string | null {
  if (field === undefined) return null;
  const steps = parsePath(field);
  if (steps.includes('*')) return `[*] names no place; over: containers finds the field in each of them, and an index in one of a list`;
  const meant = joinedKey(withoutRoot(steps, roots[over]).map(unquoted).filter(isNamed));
  if (meant.length === 0) return `${JSON.stringify(field)} names no field; leave it out where the whole is at fault`;
  if (JSON.stringify(meant) === JSON.stringify(steps)) return null;
  return `${JSON.stringify(field)} is no field path as Kubernetes writes them; did you mean ${JSON.stringify(formatPath(meant))}?`;
}

/** What a path from the object, the pod or the container does not begin with, as it would in CEL or JSONPath. */
const roots: Readonly<Record<NonNullable<CelDocument['over']>, readonly Step[]>> = {
  object: ['$', 'object'],
  pods: ['$', 'pod', 'object'],
  containers: ['$', 'container', 'pod', 'object'],
};

const withoutRoot = (steps: readonly Step[], named: readonly Step[]): readonly Step[] =>
  steps[0] !== undefined && named.includes(steps[0]) ? steps.slice(1) : steps;

const unquoted = (step: Step): Step => (typeof step === 'string' ? step.replace(/^(["'])(.*)\1$/, '$2') : step);
const isNamed = (step: Step): boolean => step !== '';

/** Below these every key is text of somebody's own, where dots are part of it. */
const isTextMap = (step: Step, index: number, { [index - 1]: parent }: readonly Step[]): boolean =>
  step === 'nodeSelector' || step === 'matchLabels' || (parent === 'metadata' && (step === 'labels' || step === 'annotations'));

function joinedKey(steps: readonly Step[]): readonly Step[] {
  const map = steps.findIndex(isTextMap);
  if (map === -1 || steps.length <= map + 2) return steps;
  return [...steps.slice(0, map + 1), steps.slice(map + 1).join('.')];
}

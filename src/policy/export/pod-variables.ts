import type { Variable } from '../../api/upstream/expressions.ts';
import type { Workload } from '../../kube/workload.ts';
import { workloads } from '../../kube/workload.ts';
import { quotedList } from './cel-text.ts';

/** The pod that a request is about, or the template of the workload, in CEL. @param object `object` or `oldObject`. */
export function podOf(object: string): string {
  const places = Map.groupBy(workloads, ({ template }) => [object, ...template].join('.'));
  const [usual, ...others] = [...places].toSorted(([, a], [, b]) => b.length - a.length);
  return [...others.map(([place, kinds]) => `${isOneOf(kinds)} ? ${place}`), usual?.[0] ?? object].join(' : ');
}

/** Admission asks for built-in kinds of these names only: see `podSurface`. */
function isOneOf(kinds: readonly Workload[]): string {
  const names = quotedList(kinds.map(({ resource }) => resource));
  return kinds.length === 1 ? `request.resource.resource == ${names.slice(1, -1)}` : `request.resource.resource in ${names}`;
}

/** The pod and these containers, each with its security context. */
export function holdersOf(containers: string): string {
  return (
    `[{'who': dyn('the pod'), 'context': variables.podContext}] + ` +
    `${containers}.map(c, {'who': dyn('container "' + c.name + '"'), 'context': c.?securityContext.orValue({})})`
  );
}

/** What the expressions of all checks may read, each after those that it reads itself. */
const podVariables: readonly Variable[] = [
  { name: 'pod', expression: podOf('object') },
  { name: 'oldPod', expression: podOf('oldObject') },
  { name: 'spec', expression: 'variables.pod.spec' },
  { name: 'annotations', expression: 'variables.pod.?metadata.?annotations.orValue({})' },
  {
    name: 'unchanged',
    expression:
      `request.operation == 'UPDATE' && variables.oldPod.spec == variables.spec && ` +
      'variables.oldPod.?metadata.?annotations.orValue({}) == variables.annotations',
  },
  { name: 'podContext', expression: 'variables.spec.?securityContext.orValue({})' },
  {
    name: 'containers',
    expression: ['initContainers', 'containers', 'ephemeralContainers'].map((list) => `variables.spec.?${list}.orValue([])`).join(' + '),
  },
  {
    name: 'holders',
    expression: holdersOf('variables.containers'),
  },
  { name: 'volumes', expression: 'variables.spec.?volumes.orValue([])' },
  { name: 'windows', expression: `variables.spec.?os.?name.orValue('') == 'windows'` },
  { name: 'userNamespace', expression: 'variables.spec.?hostUsers.orValue(true) == false' },
];

/** Names that no variable of a rule may have beside these. */
export const podVariableNames: ReadonlySet<string> = new Set(podVariables.map(({ name }) => name));

/** Those of the shared variables that the expressions read, directly or through others, in an order that compiles. */
export function variablesFor(expressions: readonly string[]): Variable[] {
  const texts = [...expressions];
  const needed = podVariables.toReversed().filter(({ name, expression }) => {
    const isRead = texts.some((text) => new RegExp(String.raw`\bvariables\.${name}\b`).test(text));
    if (isRead) texts.push(expression);
    return isRead;
  });
  return needed.toReversed();
}

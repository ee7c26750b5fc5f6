import { Type } from 'typebox';
import { defineCheck } from '../engine/check.ts';
import type { Fault } from '../engine/check.ts';
import type { Pod } from '../kube/pod.ts';
import type { Misplaced, Place } from '../kube/security-fields.ts';
import { misplacedIn } from '../kube/security-fields.ts';

export default defineCheck({
  id: 'misplaced-field',
  title: 'Fields that protect stand where they have an effect',
  why: 'A field in the wrong place does nothing: whoever wrote it believes in a protection that is not there.',
  byDefault: 'The API server drops what it does not know; kubectl asks it to refuse such fields, other clients do not.',
  breaks: 'A field that has had no effect so far takes one: the pod is held to it for the first time.',
  severity: 'medium',
  refs: [
    'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
  ],
  params: Type.Object({}, { additionalProperties: false }),
  messages: {
    misplaced: '{where} has no field {field}, so it does nothing here; set it in {right}',
    misspelt: '{where} has no field {field}, so it does nothing; write {meant}',
  },
  evaluate: (pod) => [
    ...faults('the pod spec', misplacedIn('pod', pod.spec, pod.path)),
    ...faults('the securityContext of the pod', misplacedIn('podContext', pod.spec.securityContext, `${pod.path}.securityContext`)),
    ...pod.containers.flatMap(ofContainer),
  ],
  example: {
    bad: '{ readOnlyRootFilesystem: true, containers: [{ name: app }] }',
    good: '{ containers: [{ name: app, securityContext: { readOnlyRootFilesystem: true } }] }',
  },
});

function ofContainer({ who, path, spec, context }: Pod['containers'][number]): Fault<'misplaced' | 'misspelt'>[] {
  return [
    ...faults(who, misplacedIn('container', spec, path)),
    ...faults(`the securityContext of ${who}`, misplacedIn('containerContext', context, `${path}.securityContext`)),
  ];
}

/** What has no effect at a place that a message names so. No cure: which containers were meant, only a human knows. */
export function faults(where: string, misplaced: readonly Misplaced[]): Fault<'misplaced' | 'misspelt'>[] {
  return misplaced.map(({ path, field, right, meant }) =>
    meant === null
      ? { message: 'misplaced', at: path, data: { where, field, right: right.map((place) => words[place]).join(' or ') } }
      : { message: 'misspelt', at: path, data: { where, field, meant } },
  );
}

const words: Readonly<Record<Place, string>> = {
  pod: 'the pod spec',
  podContext: 'the securityContext of the pod',
  container: 'a container',
  containerContext: 'the securityContext of each container',
  outside: 'the pod template',
};

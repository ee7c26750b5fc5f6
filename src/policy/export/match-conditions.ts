import type { GuardrailDocument } from '../../api/guardrail.ts';
import type { MatchCondition } from '../../api/upstream/expressions.ts';
import { matchOf } from '../candidates.ts';
import { username } from '../exempt.ts';
import type { Guardrail } from '../guardrail.ts';
import type { Target } from '../match.ts';
import { globPattern, quoted, quotedList } from './cel-text.ts';
import { podOf } from './pod-variables.ts';

type Spec = GuardrailDocument['spec'];

/** What of the guardrail decides before any rule is asked, beside resources and selectors. @param pods whether its rules judge pods. */
export function matchConditions(guardrail: Guardrail, spec: Spec, pods: boolean): MatchCondition[] {
  const { subjects = [], runtimeClasses = [] } = spec.exempt ?? {};
  const globs = guardrail.exemptNamespaces.filter((name) => !isPlainName(name));
  const users = subjects.filter(({ kind }) => kind !== 'Group').map(username);
  const groups = subjects.filter(({ kind }) => kind === 'Group').map(({ name }) => name);
  return [
    ...when(globs.length > 0, 'exempt-namespaces', inNoNamespace(globs)),
    ...when(users.length > 0, 'exempt-users', `!(request.userInfo.username in ${quotedList(users)})`),
    ...when(
      groups.length > 0,
      'exempt-groups',
      `!has(request.userInfo.groups) || !request.userInfo.groups.exists(g, g in ${quotedList(groups)})`,
    ),
    ...when(
      pods && runtimeClasses.length > 0,
      'exempt-runtime-classes',
      `!((${podOf('object')}).spec.?runtimeClassName.orValue('') in ${quotedList(runtimeClasses)})`,
    ),
    { name: 'not-being-deleted', expression: notBeingDeleted },
    ...notOwned(guardrail),
    ...(spec.match?.conditions ?? []).map(named),
  ];
}

/** Names that a label of a namespace can have, so that a binding can leave them out. */
export const isPlainName = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);

const when = (holds: boolean, name: string, expression: string): MatchCondition[] => (holds ? [{ name, expression }] : []);

/** An object of the cluster is in the namespace `''`. */
const inNoNamespace = (globs: readonly string[]): string =>
  globs.map((glob) => `!(has(request.namespace) ? request.namespace : '').matches(${quoted(globPattern(glob))})`).join(' && ');

/** Finalizers must come off what is being deleted. */
const notBeingDeleted =
  `!(request.operation == 'UPDATE' && has(object.metadata.deletionTimestamp) && ` +
  `object.all(k, k in ['metadata', 'status'] || (k in oldObject && object[k] == oldObject[k])) && ` +
  `oldObject.all(k, k in ['metadata', 'status'] || k in object))`;

/** What Kubernetes' controllers make of a workload whose template was judged with it. */
const owned = [
  { group: 'apps', resource: 'replicasets', owner: { kind: 'Deployment', resource: 'deployments' } },
  { group: 'batch', resource: 'jobs', owner: { kind: 'CronJob', resource: 'cronjobs' } },
] as const;

const byController =
  `(request.userInfo.username == 'system:kube-controller-manager' || ` +
  `request.userInfo.username.matches('^system:serviceaccount:kube-system:[^:]*-controller$'))`;

function notOwned(guardrail: Guardrail): MatchCondition[] {
  const { covers } = matchOf(guardrail);
  return owned.flatMap(({ group, resource, owner }) => {
    const target: Omit<Target, 'operation'> = { group, version: 'v1', resource: owner.resource, subresource: '', namespaced: true };
    const operations = (['CREATE', 'UPDATE'] as const).filter((operation) => covers({ ...target, operation }, null));
    const expression =
      `!(request.resource.resource == ${quoted(resource)} && request.resource.group == ${quoted(group)} && ` +
      `!has(request.subResource) && request.operation in ${quotedList(operations)} && ${byController} && ` +
      `object.metadata.?ownerReferences.orValue([]).exists(r, r.?controller.orValue(false) == true && ` +
      `r.kind == ${quoted(owner.kind)} && r.apiVersion == ${quoted(`${group}/v1`)}))`;
    return when(operations.length > 0, `not-kept-by-${owner.resource}`, expression);
  });
}

/** Names of conditions must be such as labels have. */
const named = ({ name, expression }: MatchCondition, index: number): MatchCondition => ({
  name: /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,40}[A-Za-z0-9])?$/.test(name) ? `condition-${index}-${name}` : `condition-${index}`,
  expression,
});

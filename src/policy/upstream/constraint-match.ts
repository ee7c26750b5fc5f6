import type { ResourceRule } from '../../api/match.ts';
import type { ConstraintMatch } from '../../api/upstream/gatekeeper.ts';
import type { Operation, Subject } from '../../engine/subject.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { guessResource } from '../../kube/resource-name.ts';
import { compileSelector, labelsOf } from '../../kube/selector.ts';
import { workloadOfKind } from '../../kube/workload.ts';
import { matchesGlob } from '../glob.ts';
import type { Matches } from './unit.ts';

/** Matching as Gatekeeper has it. @param operations of the template; by default what its webhook is registered for. */
export function constraintMatch(match: ConstraintMatch, operations: readonly (Operation | '*')[] = ['CREATE', 'UPDATE']): Matches {
  const { kinds = [], namespaces = [], excludedNamespaces = [], scope = '*', name = '' } = match;
  const selectsLabels = match.labelSelector ? compileSelector(match.labelSelector) : null;
  const selectsNamespace = match.namespaceSelector ? compileSelector(match.namespaceSelector) : null;

  return (given) => {
    const { subject, namespace } = given;
    if (!operations.includes('*') && !operations.includes(subject.operation)) return 'no';
    if (subject.subresource !== '' && subject.subresource !== 'ephemeralcontainers') return 'no';
    if (kinds.length > 0 && !kinds.some((kind) => isKind(kind, subject))) return 'no';
    if (scope !== '*' && (scope === 'Namespaced') !== (namespace !== '' && !given.isNamespace)) return 'no';
    // An object of the cluster cannot be told from another by its namespace.
    if (namespace !== '' && namespaces.length > 0 && !namespaces.some((pattern) => matchesGlob(pattern, namespace))) return 'no';
    if (namespace !== '' && excludedNamespaces.some((pattern) => matchesGlob(pattern, namespace))) return 'no';
    if (name !== '' && !isNamed(subject, name)) return 'no';
    if (selectsLabels !== null && !selectsObject(selectsLabels, subject)) return 'no';
    if (selectsNamespace === null || namespace === '') return 'yes';
    const labels = given.isNamespace ? (labelsOf(subject.object ?? subject.oldObject) ?? {}) : given.labels(false);
    if (labels === undefined) return { unknown: given.fault };
    return labels === null || selectsNamespace(labels) ? 'yes' : 'no';
  };
}

type Kind = NonNullable<ConstraintMatch['kinds']>[number];

const isKind = ({ apiGroups = [], kinds = [] }: Kind, { gvk }: Subject): boolean => among(kinds, gvk.kind) && among(apiGroups, gvk.group);

/** None is any. */
const among = (allowed: readonly string[], value: string): boolean =>
  allowed.length === 0 || allowed.includes('*') || allowed.includes(value);

function isNamed({ name, object, oldObject }: Subject, pattern: string): boolean {
  const generated = metadataText(object ?? oldObject, 'generateName');
  return matchesGlob(pattern, name) || (generated !== '' && pattern.endsWith('*') && matchesGlob(pattern, generated));
}

function metadataText(object: Json, key: string): string {
  const metadata = isObject(object) ? object['metadata'] : null;
  const text = isObject(metadata) ? metadata[key] : null;
  return typeof text === 'string' ? text : '';
}

const selectsObject = (selects: ReturnType<typeof compileSelector>, { object, oldObject }: Subject): boolean =>
  [object, oldObject].some((one) => one !== null && selects(labelsOf(one) ?? {}));

/** The resources that a constraint may match, for a registration. */
export function constraintRules(
  { kinds = [] }: ConstraintMatch,
  operations: ResourceRule['operations'] = ['CREATE', 'UPDATE'],
): ResourceRule[] {
  const all = kinds.length > 0 ? kinds : [{}];
  return all.map(({ apiGroups = [], kinds: names = [] }: Kind) => ({
    apiGroups: apiGroups.length > 0 ? apiGroups : ['*'],
    apiVersions: ['*'],
    operations,
    resources: names.length === 0 || names.includes('*') ? ['*'] : names.map((kind) => resourceOf(apiGroups, kind)),
  }));
}

const resourceOf = (groups: readonly string[], kind: string): string =>
  groups.map((group) => workloadOfKind(group, kind)?.resource).find((resource) => resource !== undefined) ?? guessResource(kind);

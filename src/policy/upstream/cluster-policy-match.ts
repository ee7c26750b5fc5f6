import type { ResourceRule } from '../../api/match.ts';
import type { ClusterPolicyFilter, ClusterPolicyMatch } from '../../api/upstream/cluster-policy.ts';
import type { Subject } from '../../engine/subject.ts';
import type { JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { guessResource } from '../../kube/resource-name.ts';
import { compileSelector, labelsOf } from '../../kube/selector.ts';
import { workloadOfKind, workloads } from '../../kube/workload.ts';
import type { Case } from '../case.ts';
import { compileSubjects } from '../exempt.ts';
import { matchesWildcard } from './wildcard.ts';
import type { Controller } from './autogen.ts';
import type { Matches } from './unit.ts';

/** Whether a part of a match holds; `unknown`: labels of the namespace decide and nobody knows them. */
type Holds = ReturnType<Matches>;
type Test = (given: Case) => Holds;

/** A rule of a ClusterPolicy: what `match` names and `exclude` does not. @param namespace of a Policy, which judges nothing elsewhere. */
export function clusterPolicyMatch(match: ClusterPolicyMatch, exclude: ClusterPolicyMatch | undefined, namespace: string | null): Test {
  const included = compile(match);
  const excluded = exclude && filtersOf(exclude).length > 0 ? compile(exclude) : null;
  return (given) => {
    if (namespace !== null && given.namespace !== namespace) return 'no';
    const matched = included(given);
    if (matched === 'no' || excluded === null) return matched;
    const spared = excluded(given);
    if (spared === 'yes') return 'no';
    return spared === 'no' ? matched : spared;
  };
}

/** The filters of a match, however they are written. */
export function filtersOf({ any, all, ...alone }: ClusterPolicyMatch): readonly ClusterPolicyFilter[] {
  if (any?.length) return any;
  if (all?.length) return all;
  return Object.keys(alone).length > 0 ? [alone] : [];
}

/** Whether a filter asks for roles, of which little is known. */
export const asksRoles = ({ roles, clusterRoles }: ClusterPolicyFilter): boolean => Boolean(roles?.length || clusterRoles?.length);

/** A match on pods, as one on these controllers. */
export function onControllers(match: ClusterPolicyMatch, members: readonly Controller[]): ClusterPolicyMatch {
  const kinds = members.map(({ group, kind }) => (group === '' ? kind : `${group}/v1/${kind}`));
  const moved = (filter: ClusterPolicyFilter): ClusterPolicyFilter =>
    filter.resources?.kinds?.some(isPod) ? { ...filter, resources: { ...filter.resources, kinds } } : filter;
  if (match.any?.length) return { any: match.any.map(moved) };
  return match.all?.length ? { all: match.all.map(moved) } : moved(match);
}

export const isPod = (kind: string): boolean => kindOf(kind).kind === 'Pod' && kindOf(kind).subresource === '';

function compile(match: ClusterPolicyMatch): Test {
  const tests = filtersOf(match).map(compileFilter);
  const [decides, otherwise] = match.any?.length ? (['yes', 'no'] as const) : (['no', 'yes'] as const);
  return (given) => {
    const results = tests.map((test) => test(given));
    if (results.includes(decides)) return decides;
    return results.find((result) => typeof result === 'object') ?? otherwise;
  };
}

function compileFilter(filter: ClusterPolicyFilter): Test {
  const { resources = {}, subjects, clusterRoles = [] } = filter;
  const tests = [...resourceTests(resources)];
  if (subjects?.length) {
    const among = compileSubjects(subjects);
    tests.push(({ subject }) => among(subject.user));
  }
  if (asksRoles(filter)) {
    // The one role that is known: every cluster has it bound to this group.
    const isAdminAsked = clusterRoles.some((pattern) => matchesWildcard(pattern, 'cluster-admin'));
    tests.push(({ subject }) => isAdminAsked && subject.user.groups.includes('system:masters'));
  }
  const selector = resources.namespaceSelector ? compileSelector(resources.namespaceSelector) : null;
  return (given) => {
    if (!tests.every((test) => test(given))) return 'no';
    if (selector === null) return 'yes';
    const labels = given.labels(false);
    if (labels === undefined) return { unknown: given.fault };
    return labels !== null && selector(labels) ? 'yes' : 'no';
  };
}

type Resources = NonNullable<ClusterPolicyFilter['resources']>;

function resourceTests({ kinds = [], name, names = [], namespaces = [], annotations = {}, selector, operations }: Resources) {
  const tests: ((given: Case) => boolean)[] = [];
  const anyOf = (patterns: readonly string[], text: (given: Case) => string) => {
    if (patterns.length > 0) tests.push((given) => patterns.some((pattern) => matchesWildcard(pattern, text(given))));
  };
  if (kinds.length > 0) tests.push(({ subject }) => kinds.some((kind) => isKind(kindOf(kind), subject)));
  const asked: readonly string[] = operations?.length ? operations : ['CREATE', 'UPDATE'];
  tests.push(({ subject }) => asked.includes(subject.operation));
  anyOf([...(name ? [name] : []), ...names], ({ subject }) => subject.name);
  anyOf(namespaces, ({ namespace }) => namespace);
  const wanted = Object.entries(annotations);
  if (wanted.length > 0) tests.push(({ subject }) => wanted.every(([key, value]) => hasAnnotation(subject, key, value)));
  if (selector) {
    const selects = compileSelector(selector);
    tests.push(({ subject }) => selects(labelsOf(subject.object ?? subject.oldObject) ?? {}));
  }
  return tests;
}

interface KindPattern {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subresource: string;
}

/** `Pod`, `v1/Pod`, `apps/v1/Deployment`, `Pod/exec` or `Pod.exec`, `apps/v1/Deployment/scale`, `*\/*`; `*` stands for any characters. */
function kindOf(pattern: string): KindPattern {
  const slashed = pattern.split('/');
  const [a = '', b = '', c = '', d = ''] = [...slashed.slice(0, -1), ...(slashed.at(-1) ?? '').split('.')];
  const anywhere = { group: '*', version: '*' };
  if (b === '') return { ...anywhere, kind: a, subresource: '' };
  if (d !== '') return { group: a, version: b, kind: c, subresource: d };
  const version = /^(v\d((alpha|beta)\d)?|\*)$/.test(a);
  if (c !== '') return version ? { group: '*', version: a, kind: b, subresource: c } : { group: a, version: b, kind: c, subresource: '' };
  // What begins in capitals is a kind.
  const subresource = !version || (a === '*' && b === b.toLowerCase());
  return subresource ? { ...anywhere, kind: a, subresource: b } : { group: '*', version: a, kind: b, subresource: '' };
}

const isKind = (pattern: KindPattern, { gvk, subresource }: Subject): boolean =>
  matchesWildcard(pattern.group, gvk.group) &&
  matchesWildcard(pattern.version, gvk.version) &&
  matchesWildcard(pattern.kind, gvk.kind) &&
  // Ephemeral containers are part of the pod, whether it is said or not.
  (matchesWildcard(pattern.subresource, subresource) || (pattern.subresource === '' && subresource === 'ephemeralcontainers'));

function hasAnnotation({ object, oldObject }: Subject, key: string, value: string): boolean {
  const whole = object ?? oldObject;
  const metadata: JsonObject = isObject(whole) && isObject(whole['metadata']) ? whole['metadata'] : {};
  const found = isObject(metadata['annotations']) ? metadata['annotations'] : {};
  return Object.entries(found).some(
    ([name, text]) => typeof text === 'string' && matchesWildcard(key, name) && matchesWildcard(value, text),
  );
}

/** The resources that a match may name, for a registration. */
export function resourceRulesOf(match: ClusterPolicyMatch): ResourceRule[] {
  return filtersOf(match).flatMap(({ resources = {} }) =>
    (resources.kinds ?? ['*']).map((pattern) => {
      const { group, version, kind, subresource } = kindOf(pattern);
      const known = group === '*' ? workloads.find((workload) => workload.kind === kind) : workloadOfKind(group, kind);
      const resource = kind.includes('*') ? '*' : (known?.resource ?? guessResource(kind));
      return {
        apiGroups: [known?.group ?? plain(group)],
        apiVersions: [plain(version)],
        operations: resources.operations?.length ? resources.operations : ['CREATE', 'UPDATE'],
        resources: [subresource === '' ? resource : `${resource}/${subresource}`],
      };
    }),
  );
}

const plain = (pattern: string): string => (pattern.includes('*') ? '*' : pattern);

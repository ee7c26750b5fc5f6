import type { MatchDocument, ResourceRule } from '../api/match.ts';
import type { Operation, Subject } from '../engine/subject.ts';
import type { Labels } from '../kube/selector.ts';
import { isObject } from '../kube/json.ts';
import { compileSelector, labelsOf, selectsAll } from '../kube/selector.ts';
import { formerly, workloadOfResource } from '../kube/workload.ts';
import type { NamespaceSelector } from './namespace-selector.ts';
import { compileNamespaceSelector } from './namespace-selector.ts';

/** What of a request decides whether a resource rule names it. */
export interface Target {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly operation: Operation;
  readonly namespaced: boolean;
  /** The version that was asked for, where the API server converted the object for us (matchPolicy Equivalent). */
  readonly requested?: GroupVersion | undefined;
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** What a guardrail judges, ready to be asked. */
export interface Match {
  /** Whether the rules on resources name the target. A null name: whether they may, whatever its name is. */
  readonly covers: (target: Target, name: string | null) => boolean;
  /** Whether names of objects decide. */
  readonly named: boolean;
  /** Null: every namespace. */
  readonly namespaceSelector: NamespaceSelector | null;
  readonly objectSelector: ((labels: Labels) => boolean) | null;
  /** The resource rules as they are written; null without any. */
  readonly resourceRules: readonly ResourceRule[] | null;
}

/**
 * Matching as ValidatingAdmissionPolicy matchConstraints has it, with two things beside: without resource rules every workload matches, and
 * with `templates` a workload also matches where its pods do.
 * @param namespaces without resource rules, Namespaces match too.
 */
export function compileMatch(document: MatchDocument = {}, namespaces = false): Match {
  const { resourceRules, excludeResourceRules = [], namespaceSelector, objectSelector, templates = true } = document;
  const excluded = (target: Target, name: string | null): boolean =>
    excludeResourceRules.some((rule) => !(name === null && rule.resourceNames?.length) && ruleNames(rule, target, name));
  const included = resourceRules
    ? (target: Target, name: string | null): boolean => resourceRules.some((rule) => ruleNames(rule, target, name))
    : (target: Target): boolean => isJudgedByDefault(target, templates, namespaces);

  return {
    covers(target, name) {
      if (excluded(target, name)) return false;
      if (included(target, name)) return true;
      const pod = templates ? podOf(target) : null;
      // Pods that a workload makes have names of their own.
      return pod !== null && included(pod, '') && !excluded(pod, '');
    },
    named: [...(resourceRules ?? []), ...excludeResourceRules].some(({ resourceNames }) => resourceNames?.length),
    namespaceSelector: compileNamespaceSelector(namespaceSelector),
    objectSelector: selectsAll(objectSelector) ? null : compileSelector(objectSelector ?? {}),
    resourceRules: resourceRules ?? null,
  };
}

/** The target of a request. */
export const targetOf = (subject: Subject): Target => ({
  ...subject.resource,
  subresource: subject.subresource,
  operation: subject.operation,
  namespaced: subject.namespace !== '' && !isNamespaces(subject.resource),
  requested: requestedOf(subject),
});

/** Undefined where the object is as it was asked for. */
export function requestedOf({ resource, sent }: Subject): GroupVersion | undefined {
  const asked = sent?.request['requestResource'];
  if (!isObject(asked) || asked['resource'] !== resource.resource) return undefined;
  const { group = '', version } = asked;
  if (typeof group !== 'string' || typeof version !== 'string') return undefined;
  return group === resource.group && version === resource.version ? undefined : { group, version };
}

export const isNamespaces = ({ group, resource }: { readonly group: string; readonly resource: string }): boolean =>
  group === '' && resource === 'namespaces';

/** Whether the labels of the object match, or those it had before. */
export function selectsObject(selects: (labels: Labels) => boolean, { object, oldObject }: Subject): boolean {
  const labels = [labelsOf(object), labelsOf(oldObject)];
  return labels.some((found) => found !== null && selects(found));
}

function isJudgedByDefault(target: Target, templates: boolean, namespaces: boolean): boolean {
  if (target.operation !== 'CREATE' && target.operation !== 'UPDATE') return false;
  if (isNamespaces(target)) return namespaces && target.subresource === '';
  const workload = workloadOfResource(target.group, target.resource);
  if (!workload) return false;
  return workload.kind === 'Pod' || (templates && target.subresource === '');
}

/** The request that the API server would see for a pod of this workload; null for what carries no pod template. */
function podOf(target: Target): Target | null {
  const workload = workloadOfResource(target.group, target.resource);
  if (!workload || workload.kind === 'Pod' || target.subresource !== '') return null;
  return { ...target, group: '', version: 'v1', resource: 'pods' };
}

/** A rule written for a version under which nobody serves the kind any more still means it (matchPolicy Equivalent). */
function ruleNames(rule: ResourceRule, target: Target, name: string | null): boolean {
  if (!scopeFits(rule.scope ?? '*', target) || !among(rule.operations, target.operation)) return false;
  if (!resourceFits(rule.resources, target)) return false;
  if (name !== null && rule.resourceNames?.length && !rule.resourceNames.includes(name)) return false;
  const converted = target.requested === undefined ? [] : [target.requested];
  const served = [{ group: target.group, version: target.version }, ...converted, ...formerly(target.group, target.resource)];
  return served.some(({ group, version }) => among(rule.apiGroups, group) && among(rule.apiVersions, version));
}

const scopeFits = (scope: string, target: Target): boolean => scope === '*' || (scope === 'Namespaced') === target.namespaced;

const among = (allowed: readonly string[], value: string): boolean => allowed.includes('*') || allowed.includes(value);

/** `pods/*` names pods themselves too, as upstream's matcher has it. */
function resourceFits(resources: readonly string[], { resource, subresource }: Target): boolean {
  return resources.some((entry) => {
    const slash = entry.indexOf('/');
    const wanted = slash === -1 ? entry : entry.slice(0, slash);
    const wantedSub = slash === -1 ? '' : entry.slice(slash + 1);
    return (wanted === '*' || wanted === resource) && (wantedSub === '*' || wantedSub === subresource);
  });
}

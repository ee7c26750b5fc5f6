import type { ResourceRule } from '../../api/match.ts';
import type { MatchResources } from '../../api/upstream/match-resources.ts';
import type { Subject } from '../../engine/subject.ts';
import type { Case } from '../case.ts';
import { compileMatch, selectsObject, targetOf } from '../match.ts';
import type { Matches } from './unit.ts';

/** Matching as ValidatingAdmissionPolicy has it: without resource rules everything matches. */
export function resourceMatch(document: MatchResources): { readonly matches: Matches; readonly rules: readonly ResourceRule[] } {
  const rules = document.resourceRules?.length ? document.resourceRules : [everything];
  const match = compileMatch({
    templates: false,
    resourceRules: rules,
    ...(document.excludeResourceRules && { excludeResourceRules: document.excludeResourceRules }),
    ...(document.namespaceSelector && { namespaceSelector: document.namespaceSelector }),
    ...(document.objectSelector && { objectSelector: document.objectSelector }),
  });
  return { matches, rules };

  // A definite miss outweighs labels that are not known.
  function matches(given: Case): ReturnType<Matches> {
    const { subject } = given;
    if (isSpared(subject) || !match.covers(targetOf(subject), subject.name)) return 'no';
    if (match.objectSelector !== null && !selectsObject(match.objectSelector, subject)) return 'no';
    if (match.namespaceSelector === null) return 'yes';
    const labels = given.labels(match.namespaceSelector.byName);
    if (labels === undefined) return { unknown: given.fault };
    return labels === null || match.namespaceSelector.holds(labels) ? 'yes' : 'no';
  }
}

const everything: ResourceRule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };

/** What the API server never asks an admission policy about, so that policies can be mended. */
const isSpared = ({ resource: { group, resource } }: Subject): boolean => spared.has(`${group}/${resource}`) || reviews.test(group);

const spared = new Set([
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
]);
const reviews = /^(authentication|authorization)\.k8s\.io$/;

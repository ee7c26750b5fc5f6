import type { AccessQuery, Ask } from '../cel/library/authorizer-value.ts';
import { Authorizer, ResourceCheck } from '../cel/library/authorizer-value.ts';
import type { AccessReview } from '../engine/facts.ts';
import type { Subject } from '../engine/subject.ts';
import type { JsonObject } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Case } from './case.ts';

/** The variable `authorizer` and its `requestResource`: what is asked and not known yet is noted as wanted. */
export function authorizerOf({ subject, facts, wants }: Case): { authorizer: Authorizer; requestResource: ResourceCheck } {
  const ask: Ask = (query) => {
    const review = reviewOf(query, subject);
    const access = facts.access?.(review);
    if (access === undefined) wants.push({ kind: 'access', review });
    return access && { error: '', ...access };
  };
  const { resource, subresource, namespace, name } = subject;
  const attributes = { group: resource.group, resource: resource.resource, subresource, namespace, name };
  return { authorizer: new Authorizer(ask), requestResource: new ResourceCheck(ask, undefined, attributes) };
}

/** The spec of the SubjectAccessReview that asks the same (k8s.io/apiserver pkg/cel/library/authz.go). */
function reviewOf(query: AccessQuery, subject: Subject): AccessReview {
  const { verb, serviceAccount } = query;
  const who = serviceAccount === undefined ? userOf(subject) : accountOf(serviceAccount);
  if ('path' in query) return { ...who, nonResourceAttributes: { path: query.path, verb } };
  const { group, resource, subresource, namespace, name, fieldSelector, labelSelector } = query;
  const attributes = { verb, group, version: '*', resource, subresource, namespace, name };
  return {
    ...who,
    resourceAttributes: {
      ...attributes,
      ...(fieldSelector !== undefined && { fieldSelector: { rawSelector: fieldSelector } }),
      ...(labelSelector !== undefined && { labelSelector: { rawSelector: labelSelector } }),
    },
  };
}

function userOf({ sent, user }: Subject): JsonObject {
  const info = isObject(sent?.request['userInfo']) ? sent.request['userInfo'] : {};
  const { uid, extra } = info;
  return { user: user.username, groups: [...user.groups], ...(uid !== undefined && { uid }), ...(extra !== undefined && { extra }) };
}

const accountOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): JsonObject => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
});

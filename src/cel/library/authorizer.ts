import type { Overload } from '../function.ts';
import { pending } from '../meter.ts';
import { sizeOf } from '../size.ts';
import { bool, opaque, string } from '../type.ts';
import { CelError } from '../value.ts';
import type { Value } from '../value.ts';
import { Authorizer, DecisionValue, GroupCheck, PathCheck, ResourceCheck } from './authorizer-value.ts';
import type { AccessQuery, Ask, ResourceAttributes } from './authorizer-value.ts';
import { costs, method } from './declare.ts';
import { dns1123Label, dns1123Subdomain } from './named-formats.ts';
import { trimSpace } from './strings.ts';

export const authorizerType = opaque('kubernetes.authorization.Authorizer');
export const resourceCheckType = opaque('kubernetes.authorization.ResourceCheck');
const pathCheck = opaque('kubernetes.authorization.PathCheck');
const groupCheck = opaque('kubernetes.authorization.GroupCheck');
const decision = opaque('kubernetes.authorization.Decision');

/** At most two checks fit into one expression. */
const check = costs(() => 350_000);
const selector = costs(([, text]) => selectorCost(sizeOf(text ?? null)));

/** Kubernetes' functions that ask what a user may do. */
export const authorizers: readonly Overload[] = [
  method('path', [authorizerType, string], pathCheck, onPath),
  method('group', [authorizerType, string], groupCheck, ({ ask, user }: Authorizer, group: string) => new GroupCheck(ask, user, group)),
  method('serviceAccount', [authorizerType, string, string], authorizerType, asServiceAccount),
  method('resource', [groupCheck, string], resourceCheckType, onResource),
  setter('subresource'),
  setter('namespace'),
  setter('name'),
  setter('fieldSelector', selector),
  setter('labelSelector', selector),
  method('check', [pathCheck, string], decision, checkPath, check),
  method('check', [resourceCheckType, string], decision, checkResource, check),
  method('allowed', [decision], bool, ({ decision }: DecisionValue) => decision.allowed),
  method('reason', [decision], string, ({ decision }: DecisionValue) => decision.reason),
  method('errored', [decision], bool, ({ decision }: DecisionValue) => decision.error !== ''),
  method('error', [decision], string, ({ decision }: DecisionValue) => decision.error),
];

function setter(name: keyof ResourceAttributes, rest: Pick<Overload, 'cost'> = {}): Overload {
  const set = (subject: ResourceCheck, value: string): ResourceCheck => subject.with({ [name]: value });
  return method(name, [resourceCheckType, string], resourceCheckType, set, rest);
}

/** A list, a traversal, and for every two characters a requirement of a list and a struct. */
const selectorCost = (length: number): number => 10 + Math.ceil(length * 0.1) + Math.ceil(length * 0.5) * 50;

function onPath({ ask, user }: Authorizer, path: string): Value {
  return trimSpace(path) === '' ? new CelError('path must not be empty') : new PathCheck(ask, user, path);
}

function onResource({ ask, user, group }: GroupCheck, resource: string): Value {
  if (trimSpace(resource) === '') return new CelError('resource must not be empty');
  return new ResourceCheck(ask, user, { group, resource, subresource: '', namespace: '', name: '' });
}

function asServiceAccount({ ask }: Authorizer, namespace: string, name: string): Value {
  if (dns1123Subdomain(name).length > 0) return new CelError('Invalid service account name');
  if (dns1123Label(namespace).length > 0) return new CelError('Invalid service account namespace');
  return new Authorizer(ask, { namespace, name });
}

function checkPath({ ask, user, path }: PathCheck, verb: string): Value {
  return answer(ask, { path, verb, ...asUser(user) });
}

function checkResource({ ask, user, attributes }: ResourceCheck, verb: string): Value {
  return answer(ask, { ...attributes, verb, ...asUser(user) });
}

const asUser = (user: Authorizer['user']): Pick<AccessQuery, 'serviceAccount'> => (user === undefined ? {} : { serviceAccount: user });

/** Throws `pending` where the answer has still to be fetched. */
function answer(ask: Ask, query: AccessQuery): Value {
  const decision = ask(query);
  if (decision === undefined) throw pending;
  return new DecisionValue(decision);
}

import { admissionBindings, namespaceVariable } from '../../cel/admission-bindings.ts';
import type { Bindings } from '../../cel/program.ts';
import type { Value } from '../../cel/value.ts';
import { CelError, isError } from '../../cel/value.ts';
import type { Subject } from '../../engine/subject.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { authorizerOf } from '../authorizer.ts';
import type { Case } from '../case.ts';
import { asAdmitted } from './as-admitted.ts';
import { Clock } from './kyverno/time.ts';
import { json, yaml } from './kyverno/texts.ts';
import type { RuleProgram } from './program.ts';

/**
 * Values of what the expressions of a policy may name, `variables` apart.
 * @param params undefined where the policy declares none.
 * @param readsNamespace what is read of the namespace of the object, for which somebody may have to be asked.
 * @param ofApiServer whether nobody else judges by the policy: the API server sees no object without its defaults.
 */
export function bindingsFor(
  given: Case,
  params: Json | undefined,
  readsNamespace: RuleProgram['readsNamespace'],
  ofApiServer = false,
): Bindings {
  const shared = ofApiServer && isFromFile(given.subject) ? admitted : asSent;
  const common = shared.get(given) ?? commonBindings(given, shared === admitted);
  shared.set(given, common);
  const namespace = readsNamespace === 'nothing' ? null : namespaceOf(given, readsNamespace);
  return {
    ...common,
    ...(params !== undefined && { params }),
    namespaceObject: namespace === null || isError(namespace) ? namespace : namespaceVariable(namespace),
  };
}

/** What every policy reads of one subject is made once. */
const asSent = new WeakMap<Case, Bindings>();
const admitted = new WeakMap<Case, Bindings>();

/** What was sent has been through all that the API server does to an object. */
const isFromFile = ({ sent }: Subject): boolean => sent === undefined;

function commonBindings(given: Case, admits: boolean): Bindings {
  const { subject, facts } = given;
  const held = (object: Value): Value => (admits ? asAdmitted(object as Json, subject) : object);
  const bindings = admissionBindings({
    request: subject.sent?.request ?? requestOf(subject),
    object: held(given.exactObject),
    oldObject: held(given.exactOldObject),
    namespace: null,
    authorizer: authorizerOf(given),
  });
  // Only Kyverno's policies can name the objects of the request; nobody else's compile that do.
  const request = { ...(bindings['request'] as JsonObject), object: given.exactObject, oldObject: given.exactOldObject } as Value;
  return { ...bindings, request, time: new Clock(facts.now), json, yaml };
}

/** The request that would create what stands in a file. */
function requestOf({ gvk, resource, subresource, operation, namespace, name, user, dryRun }: Subject): JsonObject {
  return {
    kind: { ...gvk },
    resource: { ...resource },
    subResource: subresource,
    requestKind: { ...gvk },
    requestResource: { ...resource },
    name,
    namespace,
    operation,
    userInfo: { username: user.username, groups: [...user.groups] },
    dryRun,
  };
}

/** Null for an object of the cluster and for a Namespace. Of what is only known by its labels they are all that can be read. */
function namespaceOf(given: Case, reads: 'name' | 'all'): JsonObject | CelError | null {
  const name = given.namespace;
  if (given.isNamespace || name === '') return null;
  // Nobody has to be asked for the name.
  if (reads === 'name') return { metadata: { name } };
  const labels = given.labels(false);
  if (labels === undefined) return new CelError(`${given.fault} this expression reads`);
  const object = given.facts.namespace(name)?.object;
  return isObject(object) ? object : { metadata: { name, labels: { ...labels } } };
}

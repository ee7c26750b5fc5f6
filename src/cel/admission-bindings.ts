import { isObject } from '../kube/json.ts';
import type { Json, JsonObject } from '../kube/json.ts';
import type { Bindings } from './program.ts';
import type { Value } from './value.ts';

/** What a ValidatingAdmissionPolicy's expressions are given. */
export interface AdmissionGiven {
  /** The `request` of an admission review, as it was sent. */
  readonly request: JsonObject;
  /** Read by `readCelJson`, where a number may matter. */
  readonly object: Value;
  readonly oldObject: Value;
  /** Absent: the policy has none. */
  readonly params?: Value;
  /** The Namespace that holds the object; null for a cluster-scoped object, for a Namespace, and in matchConditions. */
  readonly namespace: JsonObject | null;
  /** Absent in messageExpressions. */
  readonly authorizer?: { readonly authorizer: Value; readonly requestResource: Value };
}

/** Values of all variables but `variables`. */
export function admissionBindings({ request, object, oldObject, params, namespace, authorizer }: AdmissionGiven): Bindings {
  return {
    object,
    oldObject,
    request: requestVariable(request),
    namespaceObject: namespace === null ? null : namespaceVariable(namespace),
    ...(params === undefined ? {} : { params }),
    ...(authorizer === undefined ? {} : { authorizer: authorizer.authorizer, 'authorizer.requestResource': authorizer.requestResource }),
  };
}

/** The variable `request`: no uid and no objects, and what is empty is absent, but for the parts of kinds and resources. */
export function requestVariable(request: JsonObject): JsonObject {
  const { kind, resource, requestKind, requestResource, userInfo, operation, options, dryRun } = request;
  const { subResource, requestSubResource, name, namespace } = request;
  return present(
    {
      kind,
      resource,
      ...present({ subResource, requestKind, requestResource, requestSubResource, name, namespace }),
      operation,
      userInfo: isObject(userInfo) ? userVariable(userInfo) : {},
      dryRun: dryRun === true,
      options,
    },
    (value) => value === undefined,
  );
}

/** Every request has a user. Where only a file is known, it is one without a name and in no group, of whom expressions may well ask. */
function userVariable(userInfo: JsonObject): JsonObject {
  const known = present(pick(userInfo, ['username', 'uid', 'groups', 'extra']));
  return userInfo['username'] === '' ? { username: '', groups: [], ...known } : known;
}

/** The variable `namespaceObject`: of the metadata, what the API server copies. */
export function namespaceVariable({ metadata, spec, status }: JsonObject): JsonObject {
  return {
    metadata: isObject(metadata) ? present(pick(metadata, copied)) : {},
    spec: isObject(spec) ? spec : {},
    status: isObject(status) ? status : {},
  };
}

const copied = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'finalizers',
];

const pick = (from: JsonObject, names: readonly string[]): JsonObject => Object.fromEntries(names.map((name) => [name, from[name]]));

function present(object: JsonObject, absent: (value: Json | undefined) => boolean = isEmpty): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !absent(value)));
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

import type { Environment } from './environment.ts';
import type { Functions } from './function.ts';
import { bool, dyn, int, list, map, object, opaque, string, timestamp } from './type.ts';
import type { Type } from './type.ts';

/**
 * What the expressions of a ValidatingAdmissionPolicy may name.
 * @param options.params whether the policy has a paramKind.
 * @param options.authorizer not in messageExpressions.
 * @param options.variables types of the variables that are declared before the expression.
 */
export function admissionEnvironment(
  functions: Functions,
  {
    params,
    authorizer,
    variables,
  }: { readonly params: boolean; readonly authorizer: boolean; readonly variables: ReadonlyMap<string, Type> },
): Environment {
  return {
    functions,
    objects: new Map([...objects, ['kubernetes.variables', variables]]),
    variables: new Map<string, Type>([
      ['object', dyn],
      ['oldObject', dyn],
      ['namespaceObject', object('kubernetes.Namespace')],
      ['request', object('kubernetes.AdmissionRequest')],
      ['variables', object('kubernetes.variables')],
      ...(params ? ([['params', dyn]] as const) : []),
      ...(authorizer ? authorizers : []),
    ]),
  };
}

/** The type that a variable has for those who use it: kept where it is simple, or a list or a map of simple ones; anything else is dyn. */
export function variableType(type: Type): Type {
  if (type.kind === 'list') return list(variableType(type.element));
  if (type.kind === 'map') return map(variableType(type.key), variableType(type.value));
  return simple.has(type.kind) ? type : dyn;
}

const simple: ReadonlySet<Type['kind']> = new Set(['null', 'bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration']);

const authorizers: readonly (readonly [string, Type])[] = [
  ['authorizer', opaque('kubernetes.authorization.Authorizer')],
  ['authorizer.requestResource', opaque('kubernetes.authorization.ResourceCheck')],
];

const struct = (fields: Readonly<Record<string, Type>>): ReadonlyMap<string, Type> => new Map(Object.entries(fields));

const kind = object('kubernetes.GroupVersionKind');
const resource = object('kubernetes.GroupVersionResource');

const objects: ReadonlyMap<string, ReadonlyMap<string, Type>> = new Map([
  ['kubernetes.GroupVersionKind', struct({ group: string, version: string, kind: string })],
  ['kubernetes.GroupVersionResource', struct({ group: string, version: string, resource: string })],
  ['kubernetes.UserInfo', struct({ username: string, uid: string, groups: list(string), extra: map(string, list(string)) })],
  [
    'kubernetes.AdmissionRequest',
    struct({
      kind,
      resource,
      subResource: string,
      requestKind: kind,
      requestResource: resource,
      requestSubResource: string,
      name: string,
      namespace: string,
      operation: string,
      userInfo: object('kubernetes.UserInfo'),
      dryRun: bool,
      options: dyn,
    }),
  ],
  [
    'kubernetes.Namespace',
    struct({
      metadata: object('kubernetes.NamespaceMetadata'),
      spec: object('kubernetes.NamespaceSpec'),
      status: object('kubernetes.NamespaceStatus'),
    }),
  ],
  [
    'kubernetes.NamespaceMetadata',
    // `UID` is declared, though what it is asked of has `uid`: neither works, as in the API server.
    struct({
      name: string,
      generateName: string,
      namespace: string,
      labels: map(string, string),
      annotations: map(string, string),
      UID: string,
      creationTimestamp: timestamp,
      deletionGracePeriodSeconds: int,
      deletionTimestamp: timestamp,
      generation: int,
      resourceVersion: string,
      finalizers: list(string),
    }),
  ],
  ['kubernetes.NamespaceSpec', struct({ finalizers: list(string) })],
  ['kubernetes.NamespaceStatus', struct({ phase: string, conditions: list(object('kubernetes.NamespaceCondition')) })],
  [
    'kubernetes.NamespaceCondition',
    struct({ type: string, status: string, lastTransitionTime: timestamp, message: string, reason: string }),
  ],
]);

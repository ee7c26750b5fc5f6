import type { ParamKind, ParamRef } from '../../api/upstream/expressions.ts';
import type { ParamSource } from '../../engine/facts.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { compileSelector, labelsOf } from '../../kube/selector.ts';
import type { Case } from '../case.ts';
import type { Params } from './unit.ts';

/** Objects of the files that policies may take as params. */
export interface ParamObjects {
  /** Objects of a kind, none left out. */
  readonly of: (kind: ParamKind) => readonly JsonObject[];
  /** Whether objects of the kind live in namespaces; undefined where nothing tells. */
  readonly namespaced: (kind: ParamKind) => boolean | undefined;
}

/** Kinds of Kubernetes itself that are of the cluster. */
const clusterKinds = new Set(['Namespace', 'Node', 'PersistentVolume', 'StorageClass', 'ClusterRole', 'PriorityClass', 'IngressClass']);
const builtIn = /^(v1|apps\/v1|batch\/v1|networking\.k8s\.io\/v1|rbac\.authorization\.k8s\.io\/v1|policy\/v1|storage\.k8s\.io\/v1)$/;

/** Params as a binding names them: every one that is found is judged with, in the order of their names. */
export function compileParams(kind: ParamKind, ref: ParamRef | undefined, objects: ParamObjects): Params {
  if (ref === undefined) return () => [null];
  const selects = ref.selector ? compileSelector(ref.selector) : null;
  const isNamespaced = scopeOf(kind, ref, objects);
  return (given) => {
    const namespace = isNamespaced ? ref.namespace || given.namespace : '';
    if (isNamespaced && namespace === '')
      return { error: 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources' };
    const source = { ...kind, namespace, name: ref.name || null, selector: ref.selector ?? null };
    const found = paramsAmong(objects, source, selects);
    const all = found.length > 0 ? found : asked(given, source);
    if (all.length > 0) return all.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    return ref.parameterNotFoundAction === 'Allow'
      ? []
      : { error: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
  };
}

/** Those of the objects that the source names. */
export function paramsAmong(objects: Pick<ParamObjects, 'of'>, source: ParamSource, selects = selectorOf(source)): readonly JsonObject[] {
  return objects.of(source).filter((object) => {
    if (source.namespace !== '' && namespaceOf(object) !== source.namespace) return false;
    return selects === null ? nameOf(object) === source.name : selects(labelsOf(object) ?? {});
  });
}

const selectorOf = ({ selector }: ParamSource) => (selector === null ? null : compileSelector(selector));

/** Of a kind that only a cluster knows, whether the binding or an object names a namespace. */
function scopeOf(kind: ParamKind, ref: ParamRef, objects: ParamObjects): boolean {
  if (builtIn.test(kind.apiVersion)) return !clusterKinds.has(kind.kind);
  return objects.namespaced(kind) ?? (Boolean(ref.namespace) || objects.of(kind).some((object) => metadata(object)['namespace'] != null));
}

/** What is not in the files may be in the cluster. */
function asked({ facts, wants }: Case, source: ParamSource): readonly Json[] {
  const found = facts.params?.(source);
  if (found === undefined && facts.params !== undefined) wants.push({ kind: 'params', source });
  return found ?? [];
}

const metadata = (object: Json): JsonObject => (isObject(object) && isObject(object['metadata']) ? object['metadata'] : {});
const nameOf = (object: Json): string => text(metadata(object)['name']);
/** Where kubectl would put it. */
const namespaceOf = (object: Json): string => text(metadata(object)['namespace']) || 'default';
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

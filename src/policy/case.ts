import { readCelJson } from '../cel/read-json.ts';
import type { Value } from '../cel/value.ts';
import { readPods } from '../engine/evaluate.ts';
import type { Facts, Want } from '../engine/facts.ts';
import type { Subject } from '../engine/subject.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Pod } from '../kube/pod.ts';
import type { Unreadable } from '../kube/pod-shape.ts';
import type { Labels } from '../kube/selector.ts';
import { labelsOf } from '../kube/selector.ts';
import { podSources, workloadOfResource } from '../kube/workload.ts';
import { isNamespaces } from './match.ts';
import { NAME_LABEL } from './namespace-selector.ts';

/** One subject before the guardrails: what each of them may ask is looked up once, and only when it is asked. */
export class Case {
  readonly subject: Subject;
  readonly facts: Facts;
  readonly pods: readonly (Pod | Unreadable)[];
  readonly wants: Want[] = [];
  /** Why the labels of the namespace are not known. */
  fault = '';
  #oldPods: readonly (Pod | Unreadable)[] | null = null;
  #labels: Labels | null | undefined = undefined;
  #asked = false;
  #exact: { readonly object: Value; readonly oldObject: Value } | null = null;

  constructor(subject: Subject, facts: Facts) {
    this.subject = subject;
    this.facts = facts;
    this.pods = readPods(subject);
  }

  get isNamespace(): boolean {
    return isNamespaces(this.subject.resource);
  }

  get isPod(): boolean {
    const { group, resource } = this.subject.resource;
    return group === '' && resource === 'pods';
  }

  /** Name of the namespace in which, or as which, the object is; `''` for one of the cluster. */
  get namespace(): string {
    const { namespace, name } = this.subject;
    return this.isNamespace ? namespace || name : namespace;
  }

  /** Pods of the object before the update. */
  get oldPods(): readonly (Pod | Unreadable)[] {
    const { resource, oldObject } = this.subject;
    const workload = workloadOfResource(resource.group, resource.resource);
    this.#oldPods ??= workload ? readPods({ pods: podSources(oldObject, workload) }) : [];
    return this.#oldPods;
  }

  /** The object as CEL sees it, where a number says whether it is whole. */
  get exactObject(): Value {
    return (this.#exact ??= exactObjects(this.subject)).object;
  }

  /** The object before the update, as CEL sees it. */
  get exactOldObject(): Value {
    return (this.#exact ??= exactObjects(this.subject)).oldObject;
  }

  /**
   * Labels of the namespace as selectors see them: null for an object of the cluster, undefined where they are not known, which is noted.
   * @param byName only the name is looked at, so nobody has to be asked.
   */
  labels(byName: boolean): Labels | null | undefined {
    const name = this.namespace;
    if (name === '') return null;
    if (byName) return { [NAME_LABEL]: name };
    if (!this.#asked) this.#labels = this.#ask(name);
    this.#asked = true;
    return this.#labels;
  }

  #ask(name: string): Labels | undefined {
    const { object, operation, subresource } = this.subject;
    const incoming = operation === 'CREATE' || operation === 'UPDATE';
    if (this.isNamespace && incoming && subresource === '') return { ...labelsOf(object), [NAME_LABEL]: name };
    const found = this.facts.namespace(name);
    if (found) return found.labels;
    if (found === undefined) this.wants.push({ kind: 'namespace', name });
    this.fault =
      found === null ? `there is no namespace "${name}", whose labels` : `the labels of the namespace "${name}" are not known, which`;
    return undefined;
  }
}

/** The text of the review is read again, by who minds its numbers; what comes from a file has none. */
function exactObjects(subject: Subject): { object: Value; oldObject: Value } {
  const { object, oldObject, sent } = subject;
  if (sent === undefined || sent.text === '') {
    const stored = (from: Json): Value => inNamespace(isBuiltIn(subject) ? written(from, subject) : from, subject);
    return { object: stored(object), oldObject: stored(oldObject) };
  }
  const review = readCelJson(sent.text);
  const request = isObject(review) ? review['request'] : null;
  return isObject(request) ? { object: request['object'] ?? null, oldObject: request['oldObject'] ?? null } : { object, oldObject };
}

/** Kinds of Kubernetes itself, whose objects the API server writes out anew. */
const isBuiltIn = ({ gvk: { group } }: Subject): boolean => !group.includes('.') || group.endsWith('.k8s.io');

/** Without nulls; only the rules of a role are written where there are none. */
function written(object: Json, { gvk: { group } }: Subject): Json {
  const kept = withoutNulls(object);
  const hasNoRules = group === 'rbac.authorization.k8s.io' && isObject(object) && object['rules'] === null;
  return hasNoRules && isObject(kept) ? { ...kept, rules: null } : kept;
}

/** `annotations:` with nothing behind it is no field that is there. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).flatMap(([key, field]) => (field == null ? [] : [[key, withoutNulls(field)] as const]));
  return Object.fromEntries(fields);
}

/** With the namespace that the API server fills in before anybody is asked. */
function inNamespace(object: Json, { namespace, resource }: Subject): Value {
  const metadata = isObject(object) ? object['metadata'] : null;
  if (namespace === '' || isNamespaces(resource) || !isObject(object) || !isObject(metadata) || metadata['namespace'] != null)
    return object;
  return { ...object, metadata: { ...metadata, namespace } };
}

import type { ExceptionDocument } from '../../src/api/guardrail-exception.ts';
import type { GuardrailDocument } from '../../src/api/guardrail.ts';
import type { Facts } from '../../src/engine/facts.ts';
import type { Finding, Mode } from '../../src/engine/finding.ts';
import { fromReview } from '../../src/engine/from-review.ts';
import type { Operation, Subject } from '../../src/engine/subject.ts';
import type { Json } from '../../src/kube/json.ts';
import type { Labels } from '../../src/kube/selector.ts';
import { workloadOfKind } from '../../src/kube/workload.ts';
import { DAY_MS } from '../../src/policy/exception.ts';
import type { GuardrailSet } from '../../src/policy/guardrail-set.ts';
import { guardrailSet } from '../../src/policy/guardrail-set.ts';

export type Spec = GuardrailDocument['spec'];

export const documentOf = (spec: Spec, name = 'g'): GuardrailDocument => ({
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'Guardrail',
  metadata: { name },
  spec,
});

/** A set of one guardrail `g`, and exceptions of up to 90 days. */
export const setOf = (spec: Spec, exceptions: readonly ExceptionDocument[] = [], ceiling: Mode = 'Enforce'): GuardrailSet =>
  guardrailSet([{ document: documentOf(spec), origin: '' }], ceiling, { documents: exceptions, maxLifetime: 90 * DAY_MS });

export interface Requested {
  readonly kind?: string;
  /** API group of the kind. */
  readonly group?: string;
  /** Where the kind is none that carries a pod. */
  readonly resource?: string;
  readonly version?: string;
  readonly subresource?: string;
  readonly operation?: Operation;
  readonly namespace?: string;
  readonly name?: string;
  readonly object?: Json;
  readonly oldObject?: Json;
  readonly user?: string;
  readonly groups?: readonly string[];
}

/** The subject of a request, by default CREATE of a pod in the namespace shop; UPDATE where there is an old object. */
export function subjectOf(request: Requested): Subject {
  const { kind = 'Pod', oldObject = null, object = null, group = kind === 'Pod' ? '' : 'apps', version = 'v1' } = request;
  const sent = {
    uid: 'u',
    kind: { group, version, kind },
    resource: { group, version, resource: request.resource ?? workloadOfKind(group, kind)?.resource ?? '' },
    subResource: request.subresource ?? '',
    name: request.name ?? '',
    namespace: request.namespace ?? 'shop',
    operation: request.operation ?? (oldObject === null ? 'CREATE' : 'UPDATE'),
    userInfo: { username: request.user ?? 'ann', groups: request.groups ?? ['system:authenticated'] },
    object,
    oldObject,
    options: null,
    dryRun: false,
  };
  return fromReview({
    ...sent,
    sent: { request: { ...sent, userInfo: { ...sent.userInfo, groups: [...sent.userInfo.groups] } }, text: '' },
  });
}

/** These namespaces and no others, at this time. */
export const factsOf = (namespaces: Readonly<Record<string, Labels>> = {}, now = 0): Facts => ({
  now,
  namespace(name) {
    const labels = Object.hasOwn(namespaces, name) ? namespaces[name] : undefined;
    return labels === undefined ? null : { labels: { 'kubernetes.io/metadata.name': name, ...labels } };
  },
});

/** `state rule path` of each finding. */
export const told = (findings: readonly Finding[]): string[] => findings.map(({ state, rule, path }) => `${state} ${rule} ${path}`);

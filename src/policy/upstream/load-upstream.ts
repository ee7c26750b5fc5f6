import type { ClusterPolicyDocument } from '../../api/upstream/cluster-policy.ts';
import type { ParamKind } from '../../api/upstream/expressions.ts';
import type { ConstraintTemplateDocument } from '../../api/upstream/gatekeeper.ts';
import type { ValidatingAdmissionPolicyDocument } from '../../api/upstream/validating-admission-policy.ts';
import type { Mode } from '../../engine/finding.ts';
import { canonical } from '../../kube/canonical.ts';
import { besidePolicies } from './beside-policies.ts';
import type { Candidate, Told } from './documents.ts';
import { Documents } from './documents.ts';
import { loadClusterPolicies, loadValidatingPolicies } from './load-kyverno.ts';
import { loadConstraints } from './load-gatekeeper.ts';
import { loadVaps } from './load-vaps.ts';
import { paramObjects, servesAsParam } from './param-objects.ts';
import type { ParamObjects } from './params.ts';
import type { ParamSet, UpstreamPolicy } from './unit.ts';

export interface LoadedUpstream<S> {
  readonly policies: readonly UpstreamPolicy[];
  /** Canonical JSON of each document that has a part in them, for the digest of a set. */
  readonly texts: readonly string[];
  readonly params: ParamSet;
  readonly refused: readonly Told<S>[];
  readonly warned: readonly Told<S>[];
  /** What is no policy of another project, and no policy's param either. */
  readonly others: readonly Candidate<S>[];
}

/** What loading a kind may need, and where what is loaded goes. */
export interface Loading<S> {
  readonly documents: Documents<S>;
  readonly ceiling: Mode;
  readonly objects: ParamObjects;
  readonly policies: UpstreamPolicy[];
  readonly texts: string[];
}

/**
 * Makes policies of the documents of other projects, in whatever order they come. One with a fault is not loaded, and every fault is named.
 * @param more kinds that others take as params.
 */
export function loadUpstream<S>(candidates: readonly Candidate<S>[], ceiling: Mode, more: readonly ParamKind[] = []): LoadedUpstream<S> {
  const documents = new Documents(candidates);
  const kinds = [...more, ...paramKinds(documents)];
  const params = documents.others.filter(({ value }) => servesAsParam(value, kinds));
  const objects = paramObjects(params.map(({ value }) => value));
  const loading: Loading<S> = { documents, ceiling, objects, policies: [], texts: params.map(({ value }) => canonical(value)) };
  loadVaps(loading);
  loadValidatingPolicies(loading);
  loadClusterPolicies(loading);
  loadConstraints(loading);
  const { refused, warned, others } = documents;
  const policies = loading.policies.toSorted(byName);
  const unused = others.filter((other) => !params.includes(other));
  const beside = besidePolicies(unused, documents);
  return {
    policies,
    texts: loading.texts,
    params: { kinds, objects },
    refused,
    warned,
    others: unused.filter((other) => !beside.includes(other)),
  };
}

/** What policies take as params; of constraints, somebody may keep the definitions that Gatekeeper makes. */
function paramKinds<S>(documents: Documents<S>): ParamKind[] {
  return [
    ...documents
      .sound<ValidatingAdmissionPolicyDocument>('ValidatingAdmissionPolicy')
      .flatMap(({ document }) => document.spec.paramKind ?? []),
    ...['ClusterPolicy', 'Policy']
      .flatMap((kind) => documents.sound<ClusterPolicyDocument>(kind))
      .flatMap(({ document }) => document.spec.rules.flatMap(({ validate }) => validate.cel.paramKind ?? [])),
    ...documents
      .sound<ConstraintTemplateDocument>('ConstraintTemplate')
      .map(({ document }) => ({ apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: document.spec.crd.spec.names.kind })),
  ];
}

const byName = (a: UpstreamPolicy, b: UpstreamPolicy): number => (`${a.name} ${a.kind}` < `${b.name} ${b.kind}` ? -1 : 1);

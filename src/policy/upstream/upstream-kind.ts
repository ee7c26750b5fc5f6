import type { TSchema } from 'typebox';
import { ClusterPolicySchema } from '../../api/upstream/cluster-policy.ts';
import { ConstraintSchema, ConstraintTemplateSchema } from '../../api/upstream/gatekeeper.ts';
import { PolicyExceptionSchema, ValidatingPolicySchema } from '../../api/upstream/kyverno.ts';
import { ValidatingAdmissionPolicyBindingSchema, ValidatingAdmissionPolicySchema } from '../../api/upstream/validating-admission-policy.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';

/** What a document is to us. */
export interface UpstreamKind {
  readonly group: string;
  readonly versions: readonly string[];
  /** Absent: every kind of the group. */
  readonly kind?: string;
  readonly schema: TSchema;
}

const admission = { group: 'admissionregistration.k8s.io', versions: ['v1', 'v1beta1', 'v1alpha1'] };
const kyverno = { group: 'kyverno.io', versions: ['v1', 'v2beta1', 'v2'] };
const kyvernoCel = { group: 'policies.kyverno.io', versions: ['v1', 'v1beta1', 'v1alpha1'] };

/** Kinds of other projects that are judged by. */
export const upstreamKinds: readonly UpstreamKind[] = [
  { ...admission, kind: 'ValidatingAdmissionPolicy', schema: ValidatingAdmissionPolicySchema },
  { ...admission, kind: 'ValidatingAdmissionPolicyBinding', schema: ValidatingAdmissionPolicyBindingSchema },
  { ...kyvernoCel, kind: 'ValidatingPolicy', schema: ValidatingPolicySchema },
  { ...kyvernoCel, kind: 'NamespacedValidatingPolicy', schema: ValidatingPolicySchema },
  { ...kyvernoCel, kind: 'PolicyException', schema: PolicyExceptionSchema },
  { ...kyverno, kind: 'ClusterPolicy', schema: ClusterPolicySchema },
  { ...kyverno, kind: 'Policy', schema: ClusterPolicySchema },
  {
    group: 'templates.gatekeeper.sh',
    versions: ['v1', 'v1beta1', 'v1alpha1'],
    kind: 'ConstraintTemplate',
    schema: ConstraintTemplateSchema,
  },
  { group: 'constraints.gatekeeper.sh', versions: ['v1', 'v1beta1', 'v1alpha1'], schema: ConstraintSchema },
];

/** Groups whose every kind is a policy of somebody: one that is not judged by must be refused, and not taken for anything else. */
const policyGroups = /^(policies\.kyverno\.io|kyverno\.io|(?!test\.)([a-z]+\.)?gatekeeper\.sh|admissionregistration\.k8s\.io)$/;

/** The kind of a document; `refused`: one of another project that cannot be judged by, and why; null: none of theirs. */
export function upstreamKindOf(value: Json): UpstreamKind | { readonly refused: string } | null {
  if (!isObject(value)) return null;
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return null;
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const ofGroup = upstreamKinds.filter((known) => known.group === group);
  const found = ofGroup.find((known) => known.kind === undefined || known.kind === kind);
  if (found?.versions.includes(version)) return found;
  if (found) return { refused: `the version ${version} of ${kind} is not known; one of ${found.versions.join(', ')} is expected` };
  if (!policyGroups.test(group)) return null;
  const kinds = ofGroup.map((known) => known.kind).join(', ');
  return { refused: `${kind} of ${group} is not supported${kinds === '' ? '' : `; of this group ${kinds} are`}` };
}

import type {
  ValidatingAdmissionPolicyBindingDocument,
  ValidatingAdmissionPolicyDocument,
} from '../../api/upstream/validating-admission-policy.ts';
import { canonical } from '../../kube/canonical.ts';
import type { Sound } from './documents.ts';
import { nameOf } from './documents.ts';
import type { Loading } from './load-upstream.ts';
import { bindingFaults, paramScopeFaults, vapFaults } from './vap-faults.ts';
import { vapPolicy, vapProgram } from './vap.ts';

type Policy<S> = Sound<S, ValidatingAdmissionPolicyDocument>;
type Binding<S> = Sound<S, ValidatingAdmissionPolicyBindingDocument>;

/** ValidatingAdmissionPolicies, each with the bindings that name it. */
export function loadVaps<S>(loading: Loading<S>): void {
  const { documents, texts } = loading;
  const names = new Set(documents.all('ValidatingAdmissionPolicy').map(nameOf));
  const bindings = documents
    .sound<ValidatingAdmissionPolicyBindingDocument>('ValidatingAdmissionPolicyBinding')
    .filter((binding) => documents.keep(binding, bindingFaults(binding.document)));
  for (const binding of bindings) {
    const { policyName } = binding.document.spec;
    texts.push(canonical(binding.value));
    if (!names.has(policyName))
      documents.warn(binding, `there is no ValidatingAdmissionPolicy "${policyName}" among the policies`, 'spec.policyName');
  }
  const byPolicy = Map.groupBy(bindings, ({ document }) => document.spec.policyName);
  for (const policy of documents.sound<ValidatingAdmissionPolicyDocument>('ValidatingAdmissionPolicy'))
    loadVap(policy, byPolicy.get(policy.document.metadata.name) ?? [], loading);
}

function loadVap<S>(
  policy: Policy<S>,
  bindings: readonly Binding<S>[],
  { documents, policies, texts, ceiling, objects }: Loading<S>,
): void {
  const { document, origin } = policy;
  const { paramKind } = document.spec;
  const { program, faults } = vapProgram(document);
  const sound = bindings.filter((binding) => documents.keep(binding, scopeFaults(binding)));
  if (!documents.keep(policy, [...vapFaults(document), ...faults])) return;
  if (bindings.length === 0)
    documents.warn(policy, 'no ValidatingAdmissionPolicyBinding among the policies names it, so it judges nothing');
  const bound = sound.map((binding) => binding.document);
  policies.push(vapPolicy(document, program, bound, { ceiling, origin, objects }));
  texts.push(canonical(policy.value));

  function scopeFaults({ document: { spec } }: Binding<S>) {
    return paramKind ? paramScopeFaults(paramKind, spec.paramRef, objects.namespaced(paramKind), 'spec.paramRef') : [];
  }
}

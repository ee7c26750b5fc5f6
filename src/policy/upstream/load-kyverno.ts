import type { ClusterPolicyDocument } from '../../api/upstream/cluster-policy.ts';
import type { PolicyExceptionDocument, ValidatingPolicyDocument } from '../../api/upstream/kyverno.ts';
import { canonical } from '../../kube/canonical.ts';
import { clusterPolicy, clusterPolicyFaults, clusterPolicyWarnings } from './cluster-policy.ts';
import { namespaceOf } from './documents.ts';
import type { UpstreamException } from './exception.ts';
import type { Loading } from './load-upstream.ts';
import { compilePolicyException, excuses, policyExceptionFaults } from './policy-exception.ts';
import { validatingPolicy, validatingPolicyFaults, validatingPolicyProgram } from './validating-policy.ts';

/** ValidatingPolicies and NamespacedValidatingPolicies, each with the exceptions that name it. */
export function loadValidatingPolicies<S>({ documents, policies, texts, ceiling }: Loading<S>): void {
  const exceptions = documents.sound<PolicyExceptionDocument>('PolicyException').flatMap((one) => {
    const { exception, faults } = compilePolicyException(one.document);
    if (!documents.keep(one, [...policyExceptionFaults(one.document), ...faults])) return [];
    texts.push(canonical(one.value));
    return [{ document: one.document, exception }];
  });
  for (const kind of ['ValidatingPolicy', 'NamespacedValidatingPolicy']) {
    for (const one of documents.sound<ValidatingPolicyDocument>(kind)) {
      const { document, origin } = one;
      const { program, faults } = validatingPolicyProgram(document);
      if (!documents.keep(one, [...validatingPolicyFaults(document), ...faults])) continue;
      const namespace = kind === 'ValidatingPolicy' ? null : namespaceOf(one);
      policies.push(validatingPolicy(document, program, named(kind, document.metadata.name), { kind, namespace, ceiling, origin }));
      texts.push(canonical(one.value));
    }
  }

  function named(kind: string, name: string): UpstreamException[] {
    return exceptions.filter(({ document }) => excuses(document, kind, name)).map(({ exception }) => exception);
  }
}

/** ClusterPolicies and Policies whose rules are in CEL. */
export function loadClusterPolicies<S>({ documents, policies, texts, ceiling, objects }: Loading<S>): void {
  for (const kind of ['ClusterPolicy', 'Policy']) {
    for (const one of documents.sound<ClusterPolicyDocument>(kind)) {
      const namespace = kind === 'Policy' ? namespaceOf(one) : null;
      const { policy, faults } = clusterPolicy(one.document, { kind, namespace, ceiling, origin: one.origin, objects });
      if (!documents.keep(one, [...clusterPolicyFaults(one.document), ...faults])) continue;
      for (const { path, message } of clusterPolicyWarnings(one.document)) documents.warn(one, message, path);
      policies.push(policy);
      texts.push(canonical(one.value));
    }
  }
}

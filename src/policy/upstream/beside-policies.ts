import type { ValidatingAdmissionPolicyBindingDocument } from '../../api/upstream/validating-admission-policy.ts';
import type { Json } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import type { Candidate, Documents } from './documents.ts';
import { kindOf, nameOf } from './documents.ts';

/** Takes what stands among policies for good reason and has no part in any verdict; it is warned of, since somebody may think it has. */
export function besidePolicies<S>(others: readonly Candidate<S>[], documents: Documents<S>): Candidate<S>[] {
  const named = new Set(
    documents
      .sound<ValidatingAdmissionPolicyBindingDocument>('ValidatingAdmissionPolicyBinding')
      .flatMap(({ document }) => document.spec.paramRef?.name ?? []),
  );
  return others.filter((one) => {
    const reason = reasonOf(one, named);
    if (reason !== null) documents.warn(one, reason, 'kind');
    return reason !== null;
  });
}

/** Kinds by which others test their policies. */
const tests = /^(test\.gatekeeper\.sh\/.* Suite|cli\.kyverno\.io\/.* Test)$/;

function reasonOf(one: Candidate<unknown>, named: ReadonlySet<string>): string | null {
  const { value } = one;
  const kind = kindOf(one);
  const type = `${apiVersionOf(value)} ${kind}`;
  if (type === 'apiextensions.k8s.io/v1 CustomResourceDefinition')
    return 'no policy takes what this defines as params, so it tells nothing';
  if (tests.test(type)) return `a ${kind} tests policies and is none, so it judges nothing`;
  // The API server looks for params only where the policy itself says of which kind they are.
  return apiVersionOf(value) !== '' && named.has(nameOf(one)) && !type.startsWith('sallyport.dev/')
    ? `a binding names it, but no policy takes a ${kind} as params, so it has no part in any verdict`
    : null;
}

const apiVersionOf = (value: Json): string => (isObject(value) && typeof value['apiVersion'] === 'string' ? value['apiVersion'] : '');

import type { ValidatingAdmissionPolicyDocument } from '../../src/api/upstream/validating-admission-policy.ts';
import type { Bindings } from '../../src/cel/program.ts';
import type { Value } from '../../src/cel/value.ts';
import { evaluateProgram } from '../../src/policy/upstream/evaluate.ts';
import { vapProgram } from '../../src/policy/upstream/vap.ts';
import { parseValues } from './exact-json.ts';
import { objects } from './random-object.ts';
import type { PolicyRow, PolicySpec } from './random-policy.ts';

/** What the API server's own evaluator decides. */
export interface PolicyAnswer {
  readonly decisions: readonly { readonly action: string; readonly evaluation: string; readonly message: string }[];
  readonly auditAnnotations?: readonly { readonly key: string; readonly value: string; readonly action: string; readonly error: string }[];
}

export const request = {
  kind: { group: 'example.dev', version: 'v1', kind: 'Widget' },
  resource: { group: 'example.dev', version: 'v1', resource: 'widgets' },
  operation: 'CREATE',
  name: 'web',
  namespace: 'shop',
  userInfo: { username: 'alice' },
  dryRun: true,
};

export const policyOf = (spec: PolicySpec): ValidatingAdmissionPolicyDocument =>
  ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec,
  }) as unknown as ValidatingAdmissionPolicyDocument;

/** What is refused and why, and what is annotated: ours and theirs in one form. */
export function bothOf({ spec, object, answer }: PolicyRow & { readonly answer: PolicyAnswer }): {
  readonly ours: unknown;
  readonly theirs: unknown;
} {
  const { program } = vapProgram(policyOf(spec));
  const all = { ...request, requestKind: request.kind, requestResource: request.resource };
  const bindings: Bindings = { object: values[object] ?? null, oldObject: null, namespaceObject: null, request: all };
  const { decisions, annotations } = evaluateProgram(program, { failurePolicy: spec.failurePolicy, bindings });
  return {
    ours: { decisions: decisions.map(({ kind, message }) => [kind, message]), annotations: [...annotations] },
    theirs: { decisions: refusals(answer), annotations: published(answer) },
  };
}

const values = objects.map((text) => parseValues(text) as Value);

const refusals = ({ decisions, auditAnnotations = [] }: PolicyAnswer): unknown => [
  ...decisions
    .filter(({ action }) => action === 'deny')
    .map(({ evaluation, message }) => [evaluation === 'error' ? 'error' : 'violation', message]),
  ...auditAnnotations.filter(({ action }) => action === 'error').map(({ error }) => ['direct', error]),
];

const published = ({ auditAnnotations = [] }: PolicyAnswer): unknown =>
  auditAnnotations.filter(({ action }) => action === 'publish').map(({ key, value }) => [key, value]);

import { createHash } from 'node:crypto';
import type { GuardrailDocument } from '../../api/guardrail.ts';
import type { MatchCondition, ParamKind, ParamRef, Validation, Variable } from '../../api/upstream/expressions.ts';
import type { LabelSelector } from '../../api/selector.ts';
import type {
  ValidatingAdmissionPolicyBindingDocument,
  ValidatingAdmissionPolicyDocument,
} from '../../api/upstream/validating-admission-policy.ts';
import type { Mode } from '../../engine/finding.ts';
import { NAME_LABEL } from '../namespace-selector.ts';
import { isPlainName } from './match-conditions.ts';
import type { Surface } from './surface.ts';

/** A ValidatingAdmissionPolicy and its binding, as they are applied. */
export type PolicyPair = readonly [Applied & ValidatingAdmissionPolicyDocument, Applied & ValidatingAdmissionPolicyBindingDocument];

interface Applied {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}

/** What one policy of a guardrail asks for. */
export interface PolicyParts {
  readonly name: string;
  readonly mode: Mode;
  readonly surface: Surface;
  readonly conditions: readonly MatchCondition[];
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
  readonly params?: { readonly paramKind: ParamKind; readonly paramRef: ParamRef } | undefined;
}

const apiVersion = 'admissionregistration.k8s.io/v1';
const actions = { Enforce: ['Deny'], Warn: ['Warn'], Audit: ['Audit'], Off: [] } as const;

/** @param excluded namespaces in which nothing is judged, beside those that the guardrail exempts. */
export function policyPair({ metadata, spec }: GuardrailDocument, parts: PolicyParts, excluded: readonly string[]): PolicyPair {
  const { name, mode, surface, params } = parts;
  const { namespaceSelector, objectSelector } = spec.match ?? {};
  const labels = { 'app.kubernetes.io/managed-by': 'sallyport' };
  const annotations = { 'sallyport.dev/guardrail': metadata.name };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels, annotations },
      spec: {
        failurePolicy: spec.failureMode ?? 'Fail',
        ...(params && { paramKind: params.paramKind }),
        matchConstraints: {
          resourceRules: [...surface.resourceRules],
          ...(surface.excludeResourceRules.length > 0 && { excludeResourceRules: [...surface.excludeResourceRules] }),
          ...(namespaceSelector && { namespaceSelector }),
          ...(objectSelector && { objectSelector }),
        },
        matchConditions: [...parts.conditions],
        ...(parts.variables.length > 0 && { variables: [...parts.variables] }),
        validations: [...parts.validations],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels, annotations },
      spec: {
        policyName: name,
        validationActions: [...actions[mode]],
        ...(params && { paramRef: params.paramRef }),
        ...outside([...new Set([...(spec.exempt?.namespaces ?? []).filter(isPlainName), ...excluded])]),
      },
    },
  ];
}

function outside(namespaces: readonly string[]): { matchResources?: { namespaceSelector: LabelSelector } } {
  if (namespaces.length === 0) return {};
  return { matchResources: { namespaceSelector: { matchExpressions: [{ key: NAME_LABEL, operator: 'NotIn', values: [...namespaces] }] } } };
}

const MAX_NAME = 253;

/** A name that no other policy has, of a length that the API server takes. Adds it to those that are taken. */
export function policyName(words: readonly string[], taken: Set<string>): string {
  const wanted = ['sallyport', ...words].join('-');
  const short = wanted.length <= MAX_NAME ? wanted : `${wanted.slice(0, MAX_NAME - 9)}-${digest(wanted)}`;
  const name = taken.has(short) ? `${short.slice(0, MAX_NAME - 9)}-${digest(`${short} ${taken.size}`)}` : short;
  taken.add(name);
  return name;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

import type { ParamKind, ParamRef } from '../../api/upstream/expressions.ts';
import type { MatchResources } from '../../api/upstream/match-resources.ts';
import type {
  ValidatingAdmissionPolicyBindingDocument,
  ValidatingAdmissionPolicyDocument,
} from '../../api/upstream/validating-admission-policy.ts';
import { selectorFaults } from '../../kube/selector.ts';
import type { Fault } from '../schema-faults.ts';

const reasons = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const MAX_CONDITIONS = 64;
const MAX_ANNOTATIONS = 20;
const MAX_ANNOTATION_EXPRESSION = 5 * 1024;

/** What the API server would refuse in a ValidatingAdmissionPolicy of the right shape, the expressions apart. */
export function vapFaults({ spec }: ValidatingAdmissionPolicyDocument): Fault[] {
  const { matchConstraints, validations = [], auditAnnotations = [], matchConditions = [] } = spec;
  return [
    ...(matchConstraints.resourceRules?.length
      ? []
      : [{ path: 'spec.matchConstraints.resourceRules', message: 'at least one rule is required' }]),
    ...matchFaults('spec.matchConstraints', matchConstraints),
    ...(validations.length + auditAnnotations.length > 0
      ? []
      : [{ path: 'spec.validations', message: 'validations or auditAnnotations must be given, at least one of them' }]),
    ...validations.flatMap(validationFaults),
    ...tooMany('spec.matchConditions', matchConditions, MAX_CONDITIONS),
    ...tooMany('spec.auditAnnotations', auditAnnotations, MAX_ANNOTATIONS),
    ...twice(
      'spec.matchConditions',
      'name',
      matchConditions.map(({ name }) => name),
    ),
    ...twice(
      'spec.auditAnnotations',
      'key',
      auditAnnotations.map(({ key }) => key),
    ),
    ...auditAnnotations.flatMap(({ valueExpression }, index) =>
      Buffer.byteLength(valueExpression) > MAX_ANNOTATION_EXPRESSION
        ? [{ path: `spec.auditAnnotations[${index}].valueExpression`, message: 'at most 5 KiB are allowed' }]
        : [],
    ),
  ];
}

/** Of a binding. Without actions the API server refuses it. */
export function bindingFaults({ spec }: ValidatingAdmissionPolicyBindingDocument): Fault[] {
  const { validationActions = [], paramRef, matchResources = {} } = spec;
  const both = validationActions.includes('Deny') && validationActions.includes('Warn');
  return [
    ...(validationActions.length > 0
      ? []
      : [{ path: 'spec.validationActions', message: 'at least one action is required: Deny, Warn or Audit' }]),
    ...(both ? [{ path: 'spec.validationActions', message: 'Deny and Warn may not be used together' }] : []),
    ...twice('spec.validationActions', '', validationActions),
    ...matchFaults('spec.matchResources', matchResources),
    ...(paramRef ? paramRefFaults('spec.paramRef', paramRef) : []),
  ];
}

/** Of a reference to params. */
export function paramRefFaults(path: string, { name, selector }: ParamRef): Fault[] {
  if (name && selector) return [{ path, message: 'name and selector exclude each other' }];
  if (!name && !selector) return [{ path, message: 'one of name and selector is required' }];
  return selectorFaults(selector ?? {}).map((fault) => ({ path: `${path}.selector.${fault.path}`, message: fault.message }));
}

/** A selector that the API server would refuse. */
export function matchFaults(path: string, match: MatchResources): Fault[] {
  return (['namespaceSelector', 'objectSelector'] as const).flatMap((key) =>
    selectorFaults(match[key] ?? {}).map((fault) => ({ path: `${path}.${key}.${fault.path}`, message: fault.message })),
  );
}

/** A namespace for params that live in none. */
export function paramScopeFaults(kind: ParamKind, ref: ParamRef | undefined, namespaced: boolean | undefined, path: string): Fault[] {
  if (!ref?.namespace || namespaced !== false) return [];
  return [
    {
      path: `${path}.namespace`,
      message: `paramRef.namespace must not be provided for a cluster-scoped \`paramKind\`, and ${kind.kind} is one`,
    },
  ];
}

function validationFaults(
  { message, reason }: NonNullable<ValidatingAdmissionPolicyDocument['spec']['validations']>[number],
  index: number,
): Fault[] {
  const path = `spec.validations[${index}]`;
  return [
    ...(message !== undefined && /[\r\n]/.test(message.trim()) ? [{ path: `${path}.message`, message: 'a message is one line' }] : []),
    ...(reason !== undefined && !reasons.includes(reason)
      ? [{ path: `${path}.reason`, message: `one of ${reasons.join(', ')} is expected` }]
      : []),
  ];
}

const tooMany = (path: string, items: readonly unknown[], most: number): Fault[] =>
  items.length > most ? [{ path, message: `at most ${most} are allowed, not ${items.length}` }] : [];

function twice(path: string, key: string, names: readonly string[]): Fault[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: [`${path}[${index}]`, key].filter(Boolean).join('.'), message: `"${name}" stands here twice` }],
  );
}

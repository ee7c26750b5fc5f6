import type { ParamKind } from '../../api/upstream/expressions.ts';
import type {
  ValidatingAdmissionPolicyBindingDocument,
  ValidatingAdmissionPolicyDocument,
} from '../../api/upstream/validating-admission-policy.ts';
import type { Mode } from '../../engine/finding.ts';
import { modeOfActions } from './actions.ts';
import { admissionPolicyEnvironment } from './environments.ts';
import type { ParamObjects } from './params.ts';
import { compileParams } from './params.ts';
import type { ExpressionFault, RuleProgram } from './program.ts';
import { admissionStyle, compileProgram } from './program.ts';
import { resourceMatch } from './resource-match.ts';
import { severityOf } from './severity.ts';
import type { Unit, UpstreamPolicy } from './unit.ts';
import { noParams } from './unit.ts';

/** The expressions of a ValidatingAdmissionPolicy. */
export function vapProgram({ spec }: ValidatingAdmissionPolicyDocument): { program: RuleProgram; faults: ExpressionFault[] } {
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [], paramKind } = spec;
  return compileProgram(
    {
      style: admissionStyle,
      conditions: { path: 'spec.matchConditions', items: matchConditions },
      variables: { path: 'spec.variables', items: variables },
      validations: { path: 'spec.validations', items: validations },
      annotations: { path: 'spec.auditAnnotations', items: auditAnnotations },
    },
    admissionPolicyEnvironment(paramKind !== undefined),
  );
}

/** A ValidatingAdmissionPolicy with its bindings: one unit for each. Without any it judges nothing. */
export function vapPolicy(
  { metadata, spec }: ValidatingAdmissionPolicyDocument,
  program: RuleProgram,
  bindings: readonly ValidatingAdmissionPolicyBindingDocument[],
  { ceiling, origin, objects }: { ceiling: Mode; origin: string; objects: ParamObjects },
): UpstreamPolicy {
  const own = resourceMatch(spec.matchConstraints);
  return {
    kind: 'ValidatingAdmissionPolicy',
    name: metadata.name,
    severity: severityOf(metadata),
    failurePolicy: spec.failurePolicy ?? 'Fail',
    origin,
    units: bindings.map((binding) => unitOf(binding, own, { program, ceiling, objects, paramKind: spec.paramKind })),
  };
}

function unitOf(
  { metadata, spec }: ValidatingAdmissionPolicyBindingDocument,
  own: ReturnType<typeof resourceMatch>,
  {
    program,
    ceiling,
    objects,
    paramKind,
  }: { program: RuleProgram; ceiling: Mode; objects: ParamObjects; paramKind: ParamKind | undefined },
): Unit {
  const bound = spec.matchResources ? resourceMatch(spec.matchResources) : null;
  const mode = modeOfActions(spec.validationActions ?? [], ceiling);
  return {
    binding: metadata.name,
    matches(given) {
      const matched = own.matches(given);
      if (matched === 'no' || bound === null) return matched;
      const further = bound.matches(given);
      return further === 'yes' ? matched : further;
    },
    rules: own.rules,
    params: paramKind === undefined ? noParams : compileParams(paramKind, spec.paramRef, objects),
    program,
    mode: () => mode,
    strictest: mode,
    exceptions: [],
  };
}

import type { ConstraintDocument, ConstraintTemplateDocument, NativeSource } from '../../api/upstream/gatekeeper.ts';
import { NativeSourceSchema } from '../../api/upstream/gatekeeper.ts';
import type { Mode } from '../../engine/finding.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { selectorFaults } from '../../kube/selector.ts';
import type { Fault } from '../schema-faults.ts';
import { schemaFaults } from '../schema-faults.ts';
import { modeOfActions } from './actions.ts';
import { constraintMatch, constraintRules } from './constraint-match.ts';
import { admissionPolicyEnvironment } from './environments.ts';
import type { ExpressionFault, RuleProgram } from './program.ts';
import { admissionStyle, compileProgram } from './program.ts';
import { severityOf } from './severity.ts';
import type { UpstreamPolicy } from './unit.ts';
import { withDefaults } from './with-defaults.ts';

const ENGINE = 'K8sNativeValidation';

/** What Gatekeeper's driver gives the expressions of a template beside what every policy has. */
const driverVariables = [
  { name: 'anyObject', expression: 'has(request.operation) && request.operation == "DELETE" && object == null ? oldObject : object' },
  { name: 'params', expression: '!has(params.spec) ? null : !has(params.spec.parameters) ? null : params.spec.parameters' },
];

/** The CEL of a template, and where it is; null where it has none. */
function sourceOf({ spec: { targets } }: ConstraintTemplateDocument): { readonly source: Json; readonly path: string } | null {
  const index = targets[0]?.code?.findIndex(({ engine }) => engine === ENGINE) ?? -1;
  if (index === -1) return null;
  return { source: (targets[0]?.code?.[index]?.source ?? {}) as JsonObject, path: `spec.targets[0].code[${index}].source` };
}

/** What cannot be honoured in a template of the right shape, the expressions apart. */
export function templateFaults(template: ConstraintTemplateDocument): Fault[] {
  const { metadata, spec } = template;
  const { kind } = spec.crd.spec.names;
  const found = sourceOf(template);
  if (found === null)
    return [
      { path: 'spec.targets[0]', message: `Rego is not supported; a template needs code for the engine ${ENGINE}, which this one has not` },
    ];
  const faults = schemaFaults(NativeSourceSchema, found.source, found.path);
  const { variables = [], validations = [] } = found.source as unknown as NativeSource;
  if (faults.length > 0) return faults;
  return [
    ...(metadata.name === kind.toLowerCase()
      ? []
      : [{ path: 'metadata.name', message: `the name must be "${kind.toLowerCase()}", as the kind is` }]),
    ...(spec.targets.length === 1 ? [] : [{ path: 'spec.targets', message: 'one target is expected' }]),
    ...(validations.length > 0 ? [] : [{ path: `${found.path}.validations`, message: 'at least one validation is required' }]),
    ...variables.flatMap(({ name }, index) =>
      name.startsWith('gatekeeper_internal_') || name === 'params' || name === 'anyObject'
        ? [{ path: `${found.path}.variables[${index}].name`, message: `the name ${name} is kept for Gatekeeper itself` }]
        : [],
    ),
  ];
}

/** @param template in which `templateFaults` finds nothing. */
export function templateProgram(template: ConstraintTemplateDocument): { program: RuleProgram; faults: ExpressionFault[] } {
  const found = sourceOf(template);
  const { validations = [], variables = [], matchCondition = [], matchConditions = [] } = (found?.source ?? {}) as unknown as NativeSource;
  const path = found?.path ?? '';
  const written = matchCondition.length > 0 ? 'matchCondition' : 'matchConditions';
  const { program, faults } = compileProgram(
    {
      style: admissionStyle,
      conditions: { path: `${path}.${written}`, items: [...matchCondition, ...matchConditions] },
      variables: { path: `${path}.variables`, items: [...driverVariables, ...variables] },
      validations: { path: `${path}.validations`, items: validations },
      annotations: { path: '', items: [] },
    },
    admissionPolicyEnvironment(true),
  );
  return { program, faults: faults.map((fault) => ({ ...fault, path: asWritten(fault.path, driverVariables.length) })) };
}

/** The variables of the driver stand before those of the template. */
const asWritten = (path: string, added: number): string =>
  path.replace(/\.variables\[(\d+)\]/, (_all, index: string) => `.variables[${Number(index) - added}]`);

/** What cannot be honoured in a constraint of the right shape. */
export function constraintFaults({ spec = {} }: ConstraintDocument): Fault[] {
  const { match = {}, enforcementAction, scopedEnforcementActions = [] } = spec;
  const selectors = (['labelSelector', 'namespaceSelector'] as const).flatMap((key) =>
    selectorFaults(match[key] ?? {}).map(({ path, message }) => ({ path: `spec.match.${key}.${path}`, message })),
  );
  return [
    ...selectors,
    ...(match.source === 'Generated'
      ? [
          {
            path: 'spec.match.source',
            message: 'objects that Gatekeeper would expand from others are not known here; All or Original is expected',
          },
        ]
      : []),
    ...(enforcementAction === 'scoped' && scopedEnforcementActions.length === 0
      ? [{ path: 'spec.scopedEnforcementActions', message: 'at least one action is required where enforcementAction is scoped' }]
      : []),
  ];
}

/** A constraint, judged by the expressions of its template. */
export function constraintPolicy(
  constraint: JsonObject,
  template: ConstraintTemplateDocument,
  program: RuleProgram,
  { ceiling, origin }: { ceiling: Mode; origin: string },
): UpstreamPolicy {
  const { metadata, spec = {} } = constraint as unknown as ConstraintDocument;
  const { match = {} } = spec;
  const source = (sourceOf(template)?.source ?? {}) as unknown as NativeSource;
  const operations = template.spec.targets[0]?.operations;
  const params = withDefaults(constraint, schemaOf(template));
  const mode = modeOfActions(actionsOf(spec), ceiling);
  return {
    kind: 'ConstraintTemplate',
    name: metadata.name,
    severity: severityOf(metadata),
    failurePolicy: source.failurePolicy ?? 'Fail',
    origin,
    units: [
      {
        binding: '',
        matches: constraintMatch(match, operations),
        rules: constraintRules(match, operations),
        params: () => [params],
        program,
        mode: () => mode,
        strictest: mode,
        exceptions: [],
      },
    ],
  };
}

/** Schema of `spec.parameters`, as a schema of the whole constraint. */
function schemaOf({ spec }: ConstraintTemplateDocument): JsonObject {
  const { validation } = spec.crd.spec;
  const schema = isObject(validation) && isObject(validation['openAPIV3Schema']) ? validation['openAPIV3Schema'] : {};
  return { properties: { spec: { properties: { parameters: schema } } } };
}

/** Actions at admission; what only an audit does is an audit here. */
function actionsOf({ enforcementAction = 'deny', scopedEnforcementActions = [] }: NonNullable<ConstraintDocument['spec']>): string[] {
  if (enforcementAction !== 'scoped') return [enforcementAction];
  return scopedEnforcementActions.map(({ action, enforcementPoints }) =>
    enforcementPoints.some(({ name }) => atAdmission.has(name)) ? action : 'dryrun',
  );
}

const atAdmission = new Set(['*', 'validation.gatekeeper.sh', 'vap.k8s.io']);

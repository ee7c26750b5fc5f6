import type { ResourceRule } from '../../api/match.ts';
import type { ValidatingPolicyDocument } from '../../api/upstream/kyverno.ts';
import type { LenientMatchResources, MatchResources } from '../../api/upstream/match-resources.ts';
import type { Mode } from '../../engine/finding.ts';
import { capped } from '../mode.ts';
import type { Fault } from '../schema-faults.ts';
import { suggestion } from '../schema-faults.ts';
import { modeOfActions } from './actions.ts';
import type { Derived } from './autogen.ts';
import { controllers, derive, rulesOf } from './autogen.ts';
import { kyvernoEnvironment } from './environments.ts';
import type { UpstreamException } from './exception.ts';
import type { ExpressionFault, RuleProgram, Style } from './program.ts';
import { compileProgram } from './program.ts';
import { namingLibraries } from './refused-libraries.ts';
import { resourceMatch } from './resource-match.ts';
import { severityOf } from './severity.ts';
import type { Unit, UpstreamPolicy } from './unit.ts';
import { noParams } from './unit.ts';
import { matchFaults } from './vap-faults.ts';

type Spec = ValidatingPolicyDocument['spec'];

const style: Style = {
  firstOnly: true,
  errorsCount: true,
  fallback: (_expression, index) => `CEL expression validation failed at index ${index}`,
};

/** What cannot be honoured in a ValidatingPolicy of the right shape, the expressions apart. */
export function validatingPolicyFaults({ spec }: ValidatingPolicyDocument): Fault[] {
  const { evaluation, matchConstraints, validations } = spec;
  const mode = evaluation?.mode ?? 'Kubernetes';
  const names = [...controllers.filter(isDerivable).map(({ resource }) => resource), 'none'];
  return [
    ...(mode === 'Kubernetes' || mode === ''
      ? []
      : [
          {
            path: 'spec.evaluation.mode',
            message: `the mode ${mode} judges no Kubernetes objects, so it is not supported; Kubernetes is expected`,
          },
        ]),
    ...(matchConstraints?.resourceRules?.length
      ? matchFaults('spec.matchConstraints', withVersions(matchConstraints))
      : [{ path: 'spec.matchConstraints', message: 'at least one resource rule is required: without any the policy judges nothing' }]),
    ...(validations?.length ? [] : [{ path: 'spec.validations', message: 'at least one validation is required' }]),
    ...(isDerived(spec) ? (controllersOf(spec) ?? []) : []).flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            {
              path: `spec.${spec.autogen ? 'autogen' : 'generation'}.podControllers.controllers[${index}]`,
              message: `rules for "${name}" cannot be derived; one of ${names.join(', ')} is expected${suggestion(name, names)}`,
            },
          ],
    ),
  ];
}

/** Kyverno derives nothing for replication controllers from this kind. */
const isDerivable = ({ resource }: { readonly resource: string }): boolean => resource !== 'replicationcontrollers';

export function validatingPolicyProgram(document: ValidatingPolicyDocument): { program: RuleProgram; faults: ExpressionFault[] } {
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [] } = document.spec;
  const { program, faults } = compileProgram(
    {
      style,
      conditions: { path: 'spec.matchConditions', items: matchConditions },
      variables: { path: 'spec.variables', items: variables },
      validations: { path: 'spec.validations', items: validations },
      annotations: { path: 'spec.auditAnnotations', items: auditAnnotations },
    },
    kyvernoEnvironment,
  );
  return { program, faults: namingLibraries(faults) };
}

/** A ValidatingPolicy as one unit, and one for each derivation. @param namespace of a NamespacedValidatingPolicy, which judges nothing elsewhere. */
export function validatingPolicy(
  document: ValidatingPolicyDocument,
  program: RuleProgram,
  exceptions: readonly UpstreamException[],
  { kind, namespace, ceiling, origin }: { kind: string; namespace: string | null; ceiling: Mode; origin: string },
): UpstreamPolicy {
  const { metadata, spec } = document;
  // What is off at admission still stands in reports.
  const most = spec.evaluation?.admission?.enabled === false ? capped(ceiling, 'Audit') : ceiling;
  const mode = modeOfActions(spec.validationActions?.length ? spec.validationActions : ['Deny'], most);
  const match = withVersions(spec.matchConstraints ?? {});
  return {
    kind,
    name: metadata.name,
    severity: severityOf(metadata),
    failurePolicy: spec.failurePolicy ?? 'Fail',
    origin,
    units: [
      unitOf(match, program),
      ...derivedFrom(document).map((derived) =>
        unitOf(onControllers(match, derived), validatingPolicyProgram(rewritten(document, derived)).program),
      ),
    ],
  };

  function unitOf(resources: MatchResources, judged: RuleProgram): Unit {
    const { matches, rules } = resourceMatch(resources);
    return {
      binding: '',
      matches: (given) => (namespace !== null && given.namespace !== namespace ? 'no' : matches(given)),
      rules,
      params: noParams,
      program: judged,
      mode: () => mode,
      strictest: mode,
      exceptions,
    };
  }
}

/** Rules for the controllers of pods. */
function derivedFrom({ spec }: ValidatingPolicyDocument): Derived[] {
  if (!isDerived(spec)) return [];
  const wanted = controllersOf(spec);
  return derive(
    controllers.filter((controller) => isDerivable(controller) && (wanted?.includes(controller.resource) ?? true)),
    'autogen-cronjobs',
  );
}

/** Whether pods and nothing else are matched, by nothing that a controller has otherwise: only there do names of controllers mean anything. */
function isDerived({ matchConstraints = {} }: Spec): boolean {
  const { resourceRules = [], excludeResourceRules = [], objectSelector = {} } = matchConstraints;
  const [rule, ...more] = withVersions({ resourceRules }).resourceRules ?? [];
  const selects = Object.keys(objectSelector.matchLabels ?? {}).length + (objectSelector.matchExpressions ?? []).length > 0;
  return rule !== undefined && more.length === 0 && excludeResourceRules.length === 0 && !selects && isPodsAlone(rule);
}

/** The controllers that the policy names; undefined: all. */
const controllersOf = ({ autogen, generation }: Spec): readonly string[] | undefined =>
  (autogen ?? generation)?.podControllers?.controllers;

/** A rule that says nothing of versions means the resource in any of them. */
function withVersions({ resourceRules, excludeResourceRules, ...conditions }: LenientMatchResources): MatchResources {
  return {
    ...conditions,
    ...(resourceRules && { resourceRules: filled(resourceRules) }),
    ...(excludeResourceRules && { excludeResourceRules: filled(excludeResourceRules) }),
  };
}

const filled = (rules: NonNullable<LenientMatchResources['resourceRules']>): ResourceRule[] =>
  rules.map((rule) => ({ ...rule, apiVersions: rule.apiVersions ?? ['*'] }));

const isPodsAlone = ({ apiGroups, apiVersions, resources, resourceNames = [] }: ResourceRule): boolean =>
  resourceNames.length === 0 &&
  apiGroups.join() === '' &&
  apiGroups.length === 1 &&
  apiVersions.join() === 'v1' &&
  resources.includes('pods') &&
  resources.every((resource) => resource === 'pods' || resource === 'pods/ephemeralcontainers');

function onControllers({ resourceRules = [], namespaceSelector }: MatchResources, { controllers: members }: Derived): MatchResources {
  return {
    resourceRules: rulesOf(members, resourceRules[0]?.operations ?? []),
    ...(namespaceSelector && { namespaceSelector }),
  };
}

/** The document with every text of its expressions and messages rewritten. */
function rewritten(document: ValidatingPolicyDocument, { rewrite }: Derived): ValidatingPolicyDocument {
  const spec = JSON.parse(JSON.stringify(document.spec), (_key, value: unknown) =>
    typeof value === 'string' ? rewrite(value) : value,
  ) as ValidatingPolicyDocument['spec'];
  return { ...document, spec };
}

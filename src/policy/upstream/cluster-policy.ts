import type { ClusterPolicyDocument, ClusterPolicyRule } from '../../api/upstream/cluster-policy.ts';
import type { Mode } from '../../engine/finding.ts';
import { compileSelector } from '../../kube/selector.ts';
import type { Case } from '../case.ts';
import { capped } from '../mode.ts';
import type { Fault } from '../schema-faults.ts';
import { modeOfActions } from './actions.ts';
import type { Controller, Derived } from './autogen.ts';
import { controllers, derive } from './autogen.ts';
import { asksRoles, clusterPolicyMatch, filtersOf, isPod, onControllers, resourceRulesOf } from './cluster-policy-match.ts';
import { admissionPolicyEnvironment } from './environments.ts';
import type { ParamObjects } from './params.ts';
import { compileParams } from './params.ts';
import type { ExpressionFault, RuleProgram } from './program.ts';
import { admissionStyle, compileProgram } from './program.ts';
import { severityOf } from './severity.ts';
import type { Unit, UpstreamPolicy } from './unit.ts';
import { noParams } from './unit.ts';
import { paramRefFaults } from './vap-faults.ts';
import { matchesWildcard } from './wildcard.ts';

type Spec = ClusterPolicyDocument['spec'];

/** What cannot be honoured in a ClusterPolicy of the right shape, the expressions apart. */
export function clusterPolicyFaults({ spec }: ClusterPolicyDocument): Fault[] {
  return spec.rules.flatMap(({ match, validate: { cel } }, index) => {
    const path = `spec.rules[${index}]`;
    return [
      ...(filtersOf(match).length > 0
        ? []
        : [{ path: `${path}.match`, message: 'the rule matches nothing: any, all or resources is required' }]),
      ...(cel.expressions?.length ? [] : [{ path: `${path}.validate.cel`, message: 'at least one expression is required' }]),
      ...(cel.paramRef ? paramRefFaults(`${path}.validate.cel.paramRef`, cel.paramRef) : []),
    ];
  });
}

/** What of a ClusterPolicy holds more strictly than it says. */
export const clusterPolicyWarnings = ({ spec }: ClusterPolicyDocument): Fault[] =>
  spec.rules.flatMap(({ exclude = {} }, index) =>
    filtersOf(exclude).some(asksRoles)
      ? [
          {
            path: `spec.rules[${index}].exclude`,
            message: 'who has which role is not known here: for a role nobody is spared but system:masters, who are cluster-admin',
          },
        ]
      : [],
  );

/** A ClusterPolicy or Policy whose rules are in CEL: one unit for each rule and for each derivation of it. */
export function clusterPolicy(
  { metadata, spec }: ClusterPolicyDocument,
  {
    kind,
    namespace,
    ceiling,
    origin,
    objects,
  }: { kind: string; namespace: string | null; ceiling: Mode; origin: string; objects: ParamObjects },
): { policy: UpstreamPolicy; faults: ExpressionFault[] } {
  const faults: ExpressionFault[] = [];
  const wanted = wantedControllers(metadata.annotations?.['pod-policies.kyverno.io/autogen-controllers'], spec);
  const units = spec.rules.flatMap((rule, index) => {
    const { program, faults: own } = programOf(rule, index);
    faults.push(...own);
    if (own.length > 0) return [];
    return [unitOf(rule, program), ...derivedFrom(rule, wanted).map((derived) => derivedUnit(rule, index, derived))];
  });
  // Kyverno heeds the failure policy where it registers itself, and nowhere else.
  const failing = { failurePolicy: 'Fail' as const, unanswered: spec.failurePolicy ?? 'Fail' };
  return { policy: { kind, name: metadata.name, severity: severityOf(metadata), ...failing, origin, units }, faults };

  function derivedUnit(rule: ClusterPolicyRule, index: number, derived: Derived): Unit {
    const named = { ...rule, name: `${derived.prefix}-${rule.name}`.slice(0, 63) };
    return unitOf({ ...named, ...moved(rule, derived.controllers) }, programOf(rewritten(named, derived), index).program);
  }

  function unitOf(rule: ClusterPolicyRule, program: RuleProgram): Unit {
    const { paramKind, paramRef } = rule.validate.cel;
    return {
      binding: '',
      matches: clusterPolicyMatch(rule.match, rule.exclude, namespace),
      rules: resourceRulesOf(rule.match),
      params: paramKind === undefined ? noParams : compileParams(paramKind, paramRef, objects),
      program,
      ...modesOf(rule, spec, ceiling),
      exceptions: [],
    };
  }
}

function programOf(rule: ClusterPolicyRule, index: number): { program: RuleProgram; faults: ExpressionFault[] } {
  const { name, celPreconditions = [], validate } = rule;
  const { expressions = [], variables = [], auditAnnotations = [], paramKind } = validate.cel;
  const path = `spec.rules[${index}].validate.cel`;
  const many = expressions.length > 1;
  return compileProgram(
    {
      style: { ...admissionStyle, firstOnly: true },
      conditions: { path: `spec.rules[${index}].celPreconditions`, items: celPreconditions },
      variables: { path: `${path}.variables`, items: variables },
      // The message of the rule stands for those that have none.
      validations: {
        path: `${path}.expressions`,
        items: expressions.map((one) => ({ ...one, message: one.message || (validate.message ?? '') })),
      },
      annotations: { path: `${path}.auditAnnotations`, items: auditAnnotations },
      ruleName: (at) => (many ? `${name}[${at}]` : name),
    },
    admissionPolicyEnvironment(paramKind !== undefined),
  );
}

/** By the rule, else by the policy, unless an entry for the namespace says otherwise. */
function modesOf({ validate }: ClusterPolicyRule, spec: Spec, ceiling: Mode): Pick<Unit, 'mode' | 'strictest'> {
  const most = spec.admission === false ? capped(ceiling, 'Audit') : ceiling;
  const overrides = [...(validate.failureActionOverrides ?? []), ...(spec.validationFailureActionOverrides ?? [])].map((override) => ({
    ...override,
    selects: override.namespaceSelector ? compileSelector(override.namespaceSelector) : null,
  }));
  const base = validate.failureAction ?? spec.validationFailureAction ?? 'Audit';
  return {
    strictest: modeOfActions([base, ...overrides.map(({ action }) => action)], most),
    mode(given) {
      const override = overrides.find(({ namespaces = [], selects }) => inNamespace(given, namespaces, selects));
      const mode = modeOfActions([override?.action ?? base], most);
      return mode === 'Audit' && spec.emitWarning === true ? capped('Warn', most) : mode;
    },
  };
}

function inNamespace(given: Case, patterns: readonly string[], selects: ReturnType<typeof compileSelector> | null): boolean {
  if (patterns.length > 0 && !patterns.some((pattern) => matchesWildcard(pattern, given.namespace))) return false;
  if (selects === null) return patterns.length > 0;
  const labels = given.labels(false);
  return labels != null && selects(labels);
}

/** The controllers for which rules are derived: all, those that the annotation names, or none. */
function wantedControllers(annotation: string | undefined, { rules }: Spec): Controller[] {
  if (annotation === 'none' || !rules.every(isDerivable)) return [];
  if (annotation === undefined || annotation === 'all') return [...controllers];
  const names = annotation.split(',').map((name) => name.trim());
  return controllers.filter(({ kind }) => names.includes(kind));
}

/** Names, selectors and annotations are the pod's own, and kinds beside it are judged by themselves. */
function isDerivable({ match, exclude = {} }: ClusterPolicyRule): boolean {
  return [...filtersOf(match), ...filtersOf(exclude)].every(({ resources = {} }) => {
    const { name, names = [], selector, annotations, kinds = [] } = resources;
    return !name && names.length === 0 && !selector && !annotations && !(kinds.length > 1 && kinds.some(isPod));
  });
}

function derivedFrom({ match, exclude = {} }: ClusterPolicyRule, wanted: readonly Controller[]): Derived[] {
  const kinds = filtersOf(match).flatMap(({ resources }) => resources?.kinds ?? []);
  const excluded = filtersOf(exclude).flatMap(({ resources }) => resources?.kinds ?? []);
  if (!kinds.some(isPod) || (excluded.length > 0 && !excluded.some(isPod))) return [];
  return derive(wanted, 'autogen-cronjob');
}

const moved = ({ match, exclude }: ClusterPolicyRule, members: readonly Controller[]): Pick<ClusterPolicyRule, 'match' | 'exclude'> => ({
  match: onControllers(match, members),
  ...(exclude && { exclude: onControllers(exclude, members) }),
});

function rewritten(rule: ClusterPolicyRule, { rewrite }: Derived): ClusterPolicyRule {
  const texts = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (_key, text: unknown) => (typeof text === 'string' ? rewrite(text) : text)) as T;
  return { ...rule, ...(rule.celPreconditions && { celPreconditions: texts(rule.celPreconditions) }), validate: texts(rule.validate) };
}

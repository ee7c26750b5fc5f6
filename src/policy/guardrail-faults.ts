import { Default } from 'typebox/value';
import type { CelDocument } from '../api/cel-rule.ts';
import type { GuardrailDocument, RuleDocument } from '../api/guardrail.ts';
import { GUARDRAIL_VERSION, GuardrailSchema } from '../api/guardrail.ts';
import type { LabelSelector } from '../api/selector.ts';
import { checks } from '../checks/index.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { selectorFaults } from '../kube/selector.ts';
import { parseTime } from '../kube/time.ts';
import { controls } from '../standards/pod-security.ts';
import { celFaults } from './cel-rule.ts';
import { compileConditions } from './conditions.ts';
import { exemptFault } from './exempt.ts';
import { imagePatternFault } from './image-pattern.ts';
import type { Fault } from './schema-faults.ts';
import { schemaFaults, suggestion } from './schema-faults.ts';
import type { ExpressionFault } from './upstream/program.ts';

/** What is wrong with a document as a guardrail: nothing, or every fault at once. */
export function guardrailFaults(value: Json): Fault[] {
  if (!isObject(value)) return [{ path: '', message: 'a Guardrail is expected' }];
  const foreign = kindFault(value);
  if (foreign) return [foreign];
  const faults = schemaFaults(GuardrailSchema, value);
  if (faults.length > 0) return faults;
  const { spec } = value as unknown as GuardrailDocument;
  return [...spec.rules.flatMap(ruleFaults), ...matchFaults(spec), ...scheduleFaults(spec), ...exemptFaults(spec)];
}

type Spec = GuardrailDocument['spec'];

function kindFault(value: Record<string, Json | undefined>): Fault | null {
  const { apiVersion, kind } = value;
  if (kind !== 'Guardrail') return { path: 'kind', message: `${JSON.stringify(kind ?? null)} is no kind of policy; Guardrail is expected` };
  if (apiVersion === GUARDRAIL_VERSION) return null;
  return { path: 'apiVersion', message: `${JSON.stringify(apiVersion ?? null)} is not known; ${GUARDRAIL_VERSION} is expected` };
}

function ruleFaults(rule: RuleDocument, index: number): Fault[] {
  const path = `spec.rules[${index}]`;
  const named = [rule.check, rule.podSecurity, rule.cel].filter((kind) => kind !== undefined).length;
  if (named !== 1) return [{ path, message: 'a rule names one of check, podSecurity and cel' }];
  const images = (rule.exemptImages ?? []).flatMap((pattern, at) => fault(`${path}.exemptImages[${at}]`, imagePatternFault(pattern)));
  if (rule.check !== undefined) return [...images, ...checkFaults(rule.check, rule.with ?? {}, path)];
  const kind = rule.cel ? 'cel' : 'podSecurity';
  const misplaced = fault(`${path}.with`, rule.with === undefined ? null : `with holds the params of a check; ${kind} has none`);
  if (rule.cel) return [...images, ...misplaced, ...celRuleFaults(rule.name, rule.cel, path)];
  return [...images, ...misplaced, ...podSecurityFaults(rule.podSecurity ?? {}, `${path}.podSecurity`)];
}

function checkFaults(id: string, params: object, path: string): Fault[] {
  const check = checks.get(id);
  if (!check) return [{ path: `${path}.check`, message: `unknown check "${id}"${suggestion(id, checks.keys())}` }];
  return schemaFaults(check.params, Default(check.params, structuredClone(params)) as Json, `${path}.with`);
}

function celRuleFaults(name: string | undefined, cel: CelDocument, path: string): ExpressionFault[] {
  const unnamed = fault(`${path}.name`, name === undefined ? 'a rule in CEL needs a name, by which findings and exceptions go' : null);
  return [...unnamed, ...celFaults(cel).map((found) => ({ ...found, path: `${path}.cel.${found.path}` }))];
}

function podSecurityFaults(
  { level, version, except = [], fromNamespaceLabels = false }: NonNullable<RuleDocument['podSecurity']>,
  path: string,
): Fault[] {
  const decided = fromNamespaceLabels
    ? [
        ...fault(`${path}.level`, level === undefined ? null : 'with fromNamespaceLabels the labels of the namespace name the level'),
        ...fault(`${path}.version`, version === undefined ? null : 'with fromNamespaceLabels the labels of the namespace name the version'),
      ]
    : fault(path, level === undefined ? 'the field "level" is required: one of privileged, baseline, restricted' : null);
  const unknown = except.flatMap((id, index) =>
    controls.includes(id) ? [] : [{ path: `${path}.except[${index}]`, message: `unknown check ID "${id}"${suggestion(id, controls)}` }],
  );
  return [...decided, ...unknown];
}

function matchFaults({ match = {} }: Spec): Fault[] {
  const rules = (['resourceRules', 'excludeResourceRules'] as const).flatMap((list) =>
    (match[list] ?? []).flatMap(({ resources }, index) =>
      resources.flatMap((resource, at) => fault(`spec.match.${list}[${index}].resources[${at}]`, resourceFault(resource))),
    ),
  );
  const conditions = compileConditions(match.conditions ?? []).faults.map((found) => ({ ...found, path: `spec.match.${found.path}` }));
  return [
    ...rules,
    ...conditions,
    ...selectorAt('spec.match.namespaceSelector', match.namespaceSelector),
    ...selectorAt('spec.match.objectSelector', match.objectSelector),
  ];
}

const resourceFault = (resource: string): string | null =>
  /^(\*|[a-z0-9][a-z0-9.-]*)(\/(\*|[a-z0-9][a-z0-9.-]*))?$/.test(resource)
    ? null
    : `${JSON.stringify(resource)} is no resource: the plural in lower case is expected, with a subresource after a slash at most, such as pods or pods/exec`;

const scheduleFaults = ({ schedule = [] }: Spec): Fault[] =>
  schedule.flatMap(({ from, namespaceSelector }, index) => [
    ...fault(`spec.schedule[${index}].from`, parseTime(from) === null ? `${JSON.stringify(from)} is no time on the calendar` : null),
    ...selectorAt(`spec.schedule[${index}].namespaceSelector`, namespaceSelector),
  ]);

const exemptFaults = ({ exempt = {} }: Spec): Fault[] =>
  (exempt.subjects ?? []).flatMap((subject, index) => fault(`spec.exempt.subjects[${index}]`, exemptFault(subject)));

const selectorAt = (path: string, selector: LabelSelector | undefined): Fault[] =>
  selectorFaults(selector ?? {}).map((found) => ({ path: `${path}.${found.path}`, message: found.message }));

const fault = (path: string, message: string | null): Fault[] => (message === null ? [] : [{ path, message }]);

import { Default } from 'typebox/value';
import type { GuardrailDocument, RuleDocument } from '../api/guardrail.ts';
import { GUARDRAIL_VERSION, GuardrailSchema } from '../api/guardrail.ts';
import type { LabelSelector } from '../api/selector.ts';
import { checks } from '../checks/index.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { selectorFaults } from '../kube/selector.ts';
import { parseTime } from '../kube/time.ts';
import { controls } from '../standards/pod-security.ts';
import { exemptFault } from './exempt.ts';
import { imagePatternFault } from './image-pattern.ts';
import type { Fault } from './schema-faults.ts';
import { schemaFaults, suggestion } from './schema-faults.ts';

/** What is wrong with a document as a guardrail: nothing, or every fault at once. */
export function guardrailFaults(value: Json): Fault[] {
  if (!isObject(value)) return [{ path: '', message: 'a Guardrail is expected' }];
  const foreign = kindFault(value);
  if (foreign) return [foreign];
  const faults = schemaFaults(GuardrailSchema, value).map(namedCel);
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

/** CEL is documented and yet to come: whoever writes it must not be told that it is a misspelling. */
const namedCel = (fault: Fault): Fault =>
  /^spec\.(match\.conditions|rules\[\d+\]\.cel)$/.test(fault.path) ? { ...fault, message: 'CEL is not supported by this version' } : fault;

function ruleFaults(rule: RuleDocument, index: number): Fault[] {
  const path = `spec.rules[${index}]`;
  if ((rule.check === undefined) === (rule.podSecurity === undefined)) {
    return [{ path, message: 'a rule names either a check or podSecurity' }];
  }
  const images = (rule.exemptImages ?? []).flatMap((pattern, at) => fault(`${path}.exemptImages[${at}]`, imagePatternFault(pattern)));
  if (rule.check !== undefined) return [...images, ...checkFaults(rule.check, rule.with ?? {}, path)];
  const misplaced = fault(`${path}.with`, rule.with === undefined ? null : 'with holds the params of a check; podSecurity has none');
  return [...images, ...misplaced, ...podSecurityFaults(rule.podSecurity ?? {}, `${path}.podSecurity`)];
}

function checkFaults(id: string, params: object, path: string): Fault[] {
  const check = checks.get(id);
  if (!check) return [{ path: `${path}.check`, message: `unknown check "${id}"${suggestion(id, checks.keys())}` }];
  return schemaFaults(check.params, Default(check.params, structuredClone(params)) as Json, `${path}.with`);
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
  return [
    ...rules,
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

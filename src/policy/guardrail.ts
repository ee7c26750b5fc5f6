import { Default } from 'typebox/value';
import type { GuardrailDocument, RuleDocument } from '../api/guardrail.ts';
import { GUARDRAIL_VERSION, GuardrailSchema } from '../api/guardrail.ts';
import { checks } from '../checks/index.ts';
import type { Rule } from '../engine/evaluate.ts';
import type { Mode } from '../engine/finding.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { controls, parsePolicyVersion, podSecurityControls } from '../standards/pod-security.ts';
import { capped, strictness } from './mode.ts';
import type { Fault } from './schema-faults.ts';
import { schemaFaults, suggestion } from './schema-faults.ts';

/** A guardrail ready to judge: every rule bound to its check, every mode under the ceiling, rules that are off left out. */
export interface Guardrail {
  readonly name: string;
  /** The strictest mode among its rules; Off where none is left. */
  readonly mode: Mode;
  readonly failureMode: 'Fail' | 'Ignore';
  readonly exemptNamespaces: readonly string[];
  readonly rules: readonly Rule[];
  /** The flag that loads it elsewhere: `--policies restricted`. */
  readonly origin: string;
}

/** What is wrong with a document as a guardrail: nothing, or every fault at once. */
export function guardrailFaults(value: Json): Fault[] {
  if (!isObject(value)) return [{ path: '', message: 'a Guardrail is expected' }];
  const foreign = kindFault(value);
  if (foreign) return [foreign];
  const faults = schemaFaults(GuardrailSchema, value);
  return faults.length > 0 ? faults : (value as unknown as GuardrailDocument).spec.rules.flatMap(ruleFaults);
}

/** @param document one in which `guardrailFaults` finds nothing. */
export function compileGuardrail(document: GuardrailDocument, ceiling: Mode, origin: string): Guardrail {
  const { metadata, spec } = document;
  const failureMode = spec.failureMode ?? 'Fail';
  const rules = spec.rules.flatMap((rule) => {
    const mode = spec.mode === 'Off' ? 'Off' : capped(rule.mode ?? spec.mode, ceiling);
    if (mode === 'Off') return [];
    const common = { guardrail: metadata.name, mode, failureMode: failureMode === 'Fail' ? mode : capped(mode, 'Warn') };
    return bind(rule).map((bound) => ({ ...common, ...bound }));
  });
  return { name: metadata.name, mode: strictest(rules), failureMode, exemptNamespaces: spec.exempt?.namespaces ?? [], rules, origin };
}

const strictest = (rules: readonly Rule[]): Mode =>
  rules.reduce<Mode>((mode, rule) => (strictness(rule.mode) > strictness(mode) ? rule.mode : mode), 'Off');

function kindFault(value: Record<string, Json | undefined>): Fault | null {
  const { apiVersion, kind } = value;
  if (kind !== 'Guardrail') return { path: 'kind', message: `${JSON.stringify(kind ?? null)} is no kind of policy; Guardrail is expected` };
  if (apiVersion === GUARDRAIL_VERSION) return null;
  return { path: 'apiVersion', message: `${JSON.stringify(apiVersion ?? null)} is not known; ${GUARDRAIL_VERSION} is expected` };
}

function ruleFaults(rule: RuleDocument, index: number): Fault[] {
  const path = `spec.rules[${index}]`;
  if ((rule.check === undefined) === (rule.podSecurity === undefined)) {
    return [{ path, message: 'a rule names either a check or podSecurity' }];
  }
  if (rule.check !== undefined) return checkFaults(rule.check, rule.with ?? {}, path);
  const misplaced =
    rule.with === undefined ? [] : [{ path: `${path}.with`, message: 'with holds the params of a check; podSecurity has none' }];
  return [...misplaced, ...exceptFaults(rule.podSecurity?.except ?? [], `${path}.podSecurity.except`)];
}

function checkFaults(id: string, params: object, path: string): Fault[] {
  const check = checks.get(id);
  if (!check) return [{ path: `${path}.check`, message: `unknown check "${id}"${suggestion(id, checks.keys())}` }];
  return schemaFaults(check.params, Default(check.params, structuredClone(params)) as Json, `${path}.with`);
}

const exceptFaults = (except: readonly string[], path: string): Fault[] =>
  except.flatMap((id, index) =>
    controls.includes(id) ? [] : [{ path: `${path}[${index}]`, message: `unknown check ID "${id}"${suggestion(id, controls)}` }],
  );

type Bound = Pick<Rule, 'name' | 'check' | 'params' | 'control'>;

function bind(rule: RuleDocument): Bound[] {
  if (rule.podSecurity) return bindPodSecurity(rule, rule.podSecurity);
  const check = checks.get(rule.check ?? '');
  if (!check) return [];
  return [{ name: rule.name ?? check.id, check, params: Default(check.params, structuredClone(rule.with ?? {})), control: null }];
}

function bindPodSecurity({ name }: RuleDocument, { level, version, except }: NonNullable<RuleDocument['podSecurity']>): Bound[] {
  const minor = parsePolicyVersion(version ?? 'latest') ?? Infinity;
  return podSecurityControls(level, minor)
    .filter(({ control }) => !except?.includes(control))
    .map(({ control, check, params }) => ({ name: name ?? control, check, params, control }));
}

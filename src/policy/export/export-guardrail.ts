import type { CelDocument } from '../../api/cel-rule.ts';
import type { GuardrailDocument } from '../../api/guardrail.ts';
import type { Mode } from '../../engine/finding.ts';
import type { Guardrail, Phase } from '../guardrail.ts';
import { compileGuardrail } from '../guardrail.ts';
import { strictness } from '../mode.ts';
import type { PolicyPair } from './admission-policy.ts';
import { policyName, policyPair } from './admission-policy.ts';
import { paramsOf, sayCelRule } from './cel-rule-policy.ts';
import type { CheckRule } from './check-policies.ts';
import { sayChecks } from './check-policies.ts';
import { clausesOf } from './clauses.ts';
import { differences, phaseAt } from './differences.ts';
import { judgedBeside } from './exempt-images.ts';
import { matchConditions } from './match-conditions.ts';
import { objectSurface, podSurface } from './surface.ts';

/** A guardrail as ValidatingAdmissionPolicies, and in what they are not the same as it. */
export interface Exported {
  readonly pairs: readonly PolicyPair[];
  readonly notes: readonly string[];
}

export interface ExportContext {
  /** Milliseconds since the epoch: what a schedule says is in force then is exported. */
  readonly now: number;
  /** Namespaces in which nothing is judged, whatever the guardrail says. */
  readonly excludeNamespaces: readonly string[];
  /** Of every mode. */
  readonly ceiling: Mode;
  /** Names of policies that are given; those of the guardrail are added. */
  readonly taken: Set<string>;
}

/** @param guardrail what the document was compiled to. */
export function exportGuardrail(document: GuardrailDocument, guardrail: Guardrail, context: ExportContext): Exported {
  const { phase, mode } = phaseAt(guardrail, document.spec.mode, context);
  const ofRules = celRules(document, guardrail, phase, context);
  const rules = checkRules(document, context);
  const pairs = [...checkPolicies(document, guardrail, { rules, mode }, context), ...ofRules.flatMap(({ pair }) => (pair ? [pair] : []))];
  const notes = [...differences(document, guardrail, phase, context), ...ofRules.flatMap(({ notes }) => notes)];
  return { pairs, notes };
}

/** The rules that can be said, each beside the images that its line of the document exempts. */
function checkRules(document: GuardrailDocument, context: ExportContext): CheckRule[] {
  return document.spec.rules.flatMap((written) => {
    const { exemptImages = [] } = written;
    if (exemptImages.length > 0 && judgedBeside(exemptImages, 0) === null) return [];
    const alone = compileGuardrail({ ...document, spec: { ...document.spec, rules: [written] } }, context.ceiling, '');
    const { rules } = phaseAt(alone, document.spec.mode, context).phase;
    return rules.filter(({ check, params }) => clausesOf(check, params) !== null).map((rule) => ({ rule, exemptImages }));
  });
}

/** One policy for the rules of each mode, since the actions of a binding hold for all of a policy. */
function checkPolicies(
  document: GuardrailDocument,
  guardrail: Guardrail,
  { rules, mode: usual }: { rules: readonly CheckRule[]; mode: Mode },
  { excludeNamespaces, taken }: ExportContext,
): PolicyPair[] {
  const { spec, metadata } = document;
  const surface = podSurface(guardrail, spec.match ?? {});
  if (surface.resourceRules.length === 0) return [];
  const byMode = [...Map.groupBy(rules, ({ rule }) => rule.mode)].toSorted(([a], [b]) => strictness(b) - strictness(a));
  return byMode.map(([mode, alike]) => {
    const plain = mode === usual || byMode.length === 1;
    const name = policyName(plain ? [metadata.name] : [metadata.name, mode.toLowerCase()], taken);
    const conditions = matchConditions(guardrail, spec, true);
    return policyPair(document, { name, mode, surface, conditions, ...sayChecks(alike, mode, spec.updates !== 'Full') }, excludeNamespaces);
  });
}

interface CelExport {
  readonly pair?: PolicyPair;
  readonly notes: readonly string[];
}

/** One policy for each rule in CEL: it has variables and params of its own. */
function celRules({ spec, ...rest }: GuardrailDocument, guardrail: Guardrail, { cel = [] }: Phase, context: ExportContext): CelExport[] {
  const written = spec.rules.flatMap((rule, index) => (rule.cel && rule.mode !== 'Off' ? [{ rule, cel: rule.cel, index }] : []));
  return cel.map(({ name, mode }, at) => {
    const { rule, cel: document, index } = written[at] ?? {};
    const place = `spec.rules[${index ?? 0}] (${name})`;
    if (!document || !rule) return { notes: [] };
    const judged = rule.exemptImages?.length ? judgedBeside(rule.exemptImages, 1) : null;
    const said = sayCelRule(document, judged);
    const pods = (document.over ?? 'object') !== 'object';
    if ('refused' in said) return { notes: [`${place} is left out: ${said.refused}`] };
    if (document.over === 'containers' && rule.exemptImages?.length && judged === null) return { notes: [] };
    const surface = (pods ? podSurface : objectSurface)(guardrail, spec.match ?? {});
    if (surface.resourceRules.length === 0) return { notes: [`${place} is left out: no built-in workload is judged`] };
    const parts = {
      name: policyName([rest.metadata.name, slug(name)], context.taken),
      mode,
      surface,
      conditions: matchConditions(guardrail, spec, pods),
      params: paramsOf(document, mode),
    };
    return {
      pair: policyPair({ spec, ...rest }, { ...parts, ...said }, context.excludeNamespaces),
      notes: celNotes(document, place, spec, mode),
    };
  });
}

function celNotes({ params }: CelDocument, place: string, { updates, failureMode }: GuardrailDocument['spec'], mode: Mode): string[] {
  return [
    ...(updates === 'Full' ? [] : [`${place}: an update is judged in full; what was there before is not forgiven`]),
    ...(failureMode === 'Ignore' ? [`${place}: an object of which its expressions fail passes without a warning`] : []),
    ...(params && mode !== 'Enforce' ? [`${place}: where its params are missing, nothing is said; a policy could only refuse`] : []),
  ];
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'rule';

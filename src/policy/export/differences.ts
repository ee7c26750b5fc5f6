import type { GuardrailDocument } from '../../api/guardrail.ts';
import type { Mode } from '../../engine/finding.ts';
import { customWorkloads } from '../../kube/custom-workloads.ts';
import { matchOf } from '../candidates.ts';
import type { Guardrail, Phase } from '../guardrail.ts';
import { capped } from '../mode.ts';
import { entriesInForce } from '../schedule.ts';
import { unreachable } from '../surface.ts';
import { clausesOf } from './clauses.ts';
import { judgedBeside } from './exempt-images.ts';
import type { ExportContext } from './export-guardrail.ts';
import { podSurface } from './surface.ts';

/** The phase that is in force wherever no selector of the schedule says otherwise, and the mode of the guardrail in it. */
export function phaseAt(guardrail: Guardrail, mode: Mode, { now, ceiling }: ExportContext): { phase: Phase; mode: Mode } {
  const { entries, base } = entriesInForce(guardrail.schedule ?? [], now);
  const last = base ? undefined : entries.at(-1);
  const phase = last && guardrail.phases?.[last.index];
  return last && phase ? { phase, mode: capped(last.mode, ceiling) } : { phase: guardrail, mode: capped(mode, ceiling) };
}

/** In what the policies of a guardrail are not the same as it, each in a sentence that names the field. Rules in CEL tell their own. */
export function differences(
  { spec }: GuardrailDocument,
  guardrail: Guardrail,
  phase: Phase,
  { now, excludeNamespaces }: ExportContext,
): string[] {
  return [
    ...bySchedule(guardrail, now),
    ...(spec.exceptions ? ['spec.exceptions: GuardrailExceptions are not honoured'] : []),
    ...(phase.rules.length > 0 && spec.updates !== 'Full' ? [ratchet] : []),
    ...ofRules(spec),
    ...withoutClauses(phase),
    ...withoutPods(guardrail, spec, phase),
    ...customResources(guardrail),
    ...(phase.cel ? machinery(guardrail) : []),
    ...(excludeNamespaces.length > 0 ? [`nothing is judged in ${excludeNamespaces.join(', ')} (--exclude-namespace)`] : []),
  ];
}

const ratchet =
  'spec.updates: an update that leaves spec and annotations of the pod as they are is let pass; any other is judged in full, and what was there before is not forgiven';

function bySchedule(guardrail: Guardrail, now: number): string[] {
  const { schedule = [] } = guardrail;
  const { entries } = entriesInForce(schedule, now);
  return schedule
    .toSorted((a, b) => a.index - b.index)
    .flatMap((entry) => {
      const place = `spec.schedule[${entry.index}]`;
      if (entry.from > now) return [`${place}: not in force yet; generate again when it is`];
      return entries.includes(entry) && entry.selector !== null
        ? [`${place}: mode ${entry.mode} in the namespaces that it selects is not exported`]
        : [];
    });
}

function ofRules({ rules }: GuardrailDocument['spec']): string[] {
  return rules.flatMap((rule, index) => {
    if (rule.mode === 'Off') return [];
    const place = `spec.rules[${index}] (${rule.name ?? rule.check ?? 'podSecurity'})`;
    if (rule.podSecurity?.fromNamespaceLabels) return [`${place} is left out: levels that labels of the namespace choose`];
    if (!rule.exemptImages?.length || (rule.cel && rule.cel.over !== 'containers')) return [];
    return judgedBeside(rule.exemptImages, 0) === null ? [`${place} is left out: exemptImages has a pattern for any digest`] : [];
  });
}

function withoutClauses({ rules }: Phase): string[] {
  const left = rules.filter(({ check, params }) => clausesOf(check, params) === null).map(({ name }) => name);
  return left.map((name) => `rule ${name} is left out: it judges fields that the API server drops before any policy sees the object`);
}

function withoutPods(guardrail: Guardrail, { match = {} }: GuardrailDocument['spec'], { rules }: Phase): string[] {
  if (rules.length === 0 || podSurface(guardrail, match).resourceRules.length > 0) return [];
  return ['spec.match: rules with checks are left out, since no pod and no built-in workload is judged'];
}

function customResources(guardrail: Guardrail): string[] {
  const { covers } = matchOf(guardrail);
  const judged = customWorkloads.filter(({ group, resource }) =>
    covers({ group, version: '*', resource, subresource: '', operation: 'CREATE', namespaced: true }, ''),
  );
  if (judged.length === 0 || guardrail.rules.length + (guardrail.cel?.length ?? 0) === 0) return [];
  return [`pod templates in custom resources (${judged[0]?.resource}.${judged[0]?.group} and others) are not judged; their pods are`];
}

function machinery(guardrail: Guardrail): string[] {
  const named = unreachable(guardrail);
  return named.length === 0 ? [] : [`judged here too, though the webhook is never asked about them: ${named.join(', ')}`];
}

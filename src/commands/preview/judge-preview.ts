import type { Facts, Want } from '../../engine/facts.ts';
import type { Finding, Mode } from '../../engine/finding.ts';
import type { Subject } from '../../engine/subject.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { guardrailSet } from '../../policy/guardrail-set.ts';
import { judge } from '../../policy/judge.ts';
import { capped } from '../../policy/mode.ts';
import type { FilePolicies } from '../../policy/store.ts';
import type { UpstreamSet } from '../../policy/upstream/unit.ts';
import { withUpstream } from '../../policy/upstream/with-upstream.ts';
import type { Judged } from '../live/row.ts';
import type { PolicySet } from '../policy-flags.ts';

/** What a finding would come to; `none` where the mode that is asked about does nothing with it. */
export type Effect = 'denied' | 'warned' | 'excused' | 'audited' | 'none';

/** A finding as it is in mode Enforce, and what it comes to in the mode that is asked about. */
export interface PreviewFinding extends Finding {
  readonly effect: Effect;
  /** Whether it would be refused if the guardrail were in Enforce today. */
  readonly refusable: boolean;
}

type Judge = (subject: Subject, facts: Facts) => Judged<PreviewFinding> & { readonly wants: readonly Want[] };

/**
 * Judges by the guardrails as they are written, and as if each were in Enforce everywhere today; rules keep the modes of their own.
 * @param since shows only what a change from this mode to Enforce would newly deny; null shows what the guardrails do as written.
 */
export function previewJudge({ set, files }: PolicySet, since: Mode | null): Judge {
  const enforced = inMode(files, 'Enforce');
  const present = since === null ? set : inMode(files, since);
  return (subject, facts) => {
    const [strict, now] = [judge(enforced, subject, facts), judge(present, subject, facts)];
    const found = new Map(now.findings.map((finding) => [keyOf(finding), finding]));
    const findings = strict.findings.map((finding): PreviewFinding => {
      const known = found.get(keyOf(finding));
      found.delete(keyOf(finding));
      const effect = since === null ? effectOf(known) : newly(finding, known);
      return { ...finding, effect, refusable: effectOf(finding) === 'denied' };
    });
    // Only where the labels that a schedule asks for are not known, which is told beside.
    const rest = since === null ? [...found.values()].map((finding) => ({ ...finding, effect: effectOf(finding), refusable: false })) : [];
    const verdict = now.verdict === 'skip' ? strict.verdict : now.verdict;
    return { verdict, findings: [...findings, ...rest], wants: [...strict.wants, ...now.wants] };
  };
}

/** The same guardrails and policies, all of them in one mode, whatever their schedules and actions say. */
function inMode({ guardrails, exceptions, upstream, ceiling, maxLifetime }: FilePolicies, mode: Mode): GuardrailSet {
  const loaded = guardrails.map(({ document, origin }) => {
    const { schedule: _schedule, ...spec } = document.spec;
    return { document: { ...document, spec: { ...spec, mode } }, origin };
  });
  const set = guardrailSet(loaded, ceiling, { documents: exceptions, maxLifetime });
  return withUpstream(set, upstream && upstreamInMode(upstream, capped(mode, ceiling)));
}

function upstreamInMode(upstream: UpstreamSet, mode: Mode): UpstreamSet {
  const policies = upstream.policies.map((policy) => ({
    ...policy,
    units: policy.units.map((unit) => ({ ...unit, mode: () => mode, strictest: mode })),
  }));
  return { ...upstream, policies };
}

const keyOf = ({ guardrail, rule, path, message }: Finding): string => JSON.stringify([guardrail, rule, path, message]);

const newly = (strict: Finding, known: Finding | undefined): Effect =>
  effectOf(strict) === 'denied' && effectOf(known) !== 'denied' ? 'denied' : 'none';

function effectOf(finding: Finding | undefined): Effect {
  if (finding === undefined || finding.mode === 'Off') return 'none';
  if (finding.state === 'excepted') return 'excused';
  if (finding.state !== 'active') return finding.mode === 'Audit' ? 'audited' : 'warned';
  return { Enforce: 'denied', Warn: 'warned', Audit: 'audited' }[finding.mode] as Effect;
}

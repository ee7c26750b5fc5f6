import { createHash } from 'node:crypto';
import type { GuardrailSet } from '../guardrail-set.ts';
import type { UpstreamSet } from './unit.ts';

/** A set with policies of other projects' kinds beside its guardrails, and the objects that any of them takes as params: its digest covers them. */
export function withUpstream(set: GuardrailSet, upstream: UpstreamSet | undefined): GuardrailSet {
  if (upstream === undefined || (upstream.policies.length === 0 && !upstream.params?.kinds.length)) return set;
  const text = JSON.stringify([set.digest, upstream.ceiling, upstream.texts.toSorted()]);
  return { ...set, upstream, digest: `sha256:${createHash('sha256').update(text).digest('hex')}` };
}

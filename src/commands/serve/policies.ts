import type { Logger } from 'pino';
import type { Clock } from '../../cluster/clock.ts';
import type { Facts } from '../../engine/facts.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { PolicyContext } from '../../policy/judge-policy-object.ts';
import type { FilePolicies, Policies } from '../../policy/store.ts';
import { policyStore } from '../../policy/store.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { JudgeDeps } from '../../webhook/judge-request.ts';
import type { Flip } from './flips.ts';
import { watchFlips } from './flips.ts';
import { listeners } from './listeners.ts';
import type { PolicyFiles } from './policy-files.ts';

/** What the server judges by at this moment. */
export interface PoliciesInForce {
  /** One immutable set: a change makes another. */
  readonly set: () => GuardrailSet;
  readonly facts: () => Facts;
  readonly learn?: NonNullable<JudgeDeps['learn']>;
  /** What Guardrail and GuardrailException objects are judged by when they are written. */
  readonly context: () => PolicyContext;
  /** Another set is in force, or the schedule of a guardrail has come to an entry. */
  readonly onChange: (listener: () => void, signal: AbortSignal) => void;
  readonly onFlip: (listener: (flips: readonly Flip[]) => void, signal: AbortSignal) => void;
}

export interface FilePolicyDeps {
  readonly files: Pick<PolicyFiles, 'current' | 'onChange'>;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly log: Logger;
  readonly loaded: Metrics['policy']['loaded'];
}

/** Files alone, until the signal aborts. */
export function filePolicies({ files, clock, now, log, loaded }: FilePolicyDeps, signal: AbortSignal): PoliciesInForce {
  const combine = policyStore();
  const changed = listeners<void>();
  const flipped = listeners<readonly Flip[]>();
  let latest = combine(files.current(), [], [], now().getTime());
  files.onChange(renew, signal);
  void watchFlips({ guardrails: () => latest.set.guardrails, clock, now, log }, tellFlips, signal);
  return {
    set: () => latest.set,
    facts: () => ({ now: now().getTime(), namespace: () => undefined }),
    context: () => policyContext(files.current(), latest.documents, now),
    onChange: changed.add,
    onFlip: flipped.add,
  };

  function renew(): void {
    latest = combine(files.current(), [], [], now().getTime());
    const { digest, guardrails } = latest.set;
    loaded({ digest, guardrails: guardrails.length });
    log.info({ digest, guardrails: guardrails.length }, 'a new set of guardrails is in force');
    changed.tell();
  }

  function tellFlips(flips: readonly Flip[]): void {
    flipped.tell(flips);
    changed.tell();
  }
}

export const policyContext = (files: FilePolicies, documents: Policies['documents'], now: () => Date): PolicyContext => ({
  documents,
  taken: new Set(files.guardrails.map(({ document }) => document.metadata.name)),
  now: now().getTime(),
  maxLifetime: files.maxLifetime,
});

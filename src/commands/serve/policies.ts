import type { Facts } from '../../engine/facts.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { PolicyContext } from '../../policy/judge-policy-object.ts';
import type { FilePolicies, Policies } from '../../policy/store.ts';
import { policyStore } from '../../policy/store.ts';
import type { JudgeDeps } from '../../webhook/judge-request.ts';

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
}

/** Files alone: the set never changes, only its schedules run. */
export function filePolicies(files: FilePolicies, now: () => Date): PoliciesInForce {
  const { set, documents } = policyStore(files)([], [], now().getTime());
  return {
    set: () => set,
    facts: () => ({ now: now().getTime(), namespace: () => undefined }),
    context: () => policyContext(files, documents, now),
    onChange: () => undefined,
  };
}

export const policyContext = (files: FilePolicies, documents: Policies['documents'], now: () => Date): PolicyContext => ({
  documents,
  taken: new Set(files.guardrails.map(({ document }) => document.metadata.name)),
  now: now().getTime(),
  maxLifetime: files.maxLifetime,
});

import type { Subject } from '../engine/subject.ts';
import type { Guardrail } from './guardrail.ts';
import { isIdle, phasesOf } from './guardrail.ts';
import type { Match, Target } from './match.ts';
import { compileMatch, isNamespaces, targetOf } from './match.ts';

/** Finds the guardrails that may judge a subject, without asking each of them. */
export type Candidates = (subject: Subject) => readonly Guardrail[];

/** Kinds of requests that are remembered; whoever makes up more is served without. */
const MAX_TARGETS = 512;

const everyWorkload = compileMatch();

export const matchOf = ({ match }: Guardrail): Match => match ?? everyWorkload;

/** An index by resource and operation, filled as requests come, and by the namespaces to which guardrails confine themselves. */
export function indexGuardrails(guardrails: readonly Guardrail[]): Candidates {
  const busy = guardrails.filter((guardrail) => !phasesOf(guardrail).every(isIdle));
  const beyondPods = busy.some((guardrail) => phasesOf(guardrail).some(({ cel }) => cel));
  const byTarget = new Map<string, ByNamespace>();
  return (subject) => {
    const podless = subject.pods.length === 0 && !isNamespaces(subject.resource);
    if (podless && !beyondPods) return none;
    const found = named(subject);
    return podless ? found.filter((guardrail) => phasesOf(guardrail).some(({ cel }) => cel)) : found;
  };

  function named(subject: Subject): readonly Guardrail[] {
    const { group, version, resource } = subject.resource;
    const key = `${group}/${version}/${resource}/${subject.subresource} ${subject.operation} ${subject.namespace !== ''}`;
    const known = byTarget.get(key);
    if (known) return inNamespace(known, subject);
    const found = byNamespace(busy, targetOf(subject));
    if (byTarget.size < MAX_TARGETS) byTarget.set(key, found);
    return inNamespace(found, subject);
  }
}

const none: readonly Guardrail[] = [];

interface ByNamespace {
  readonly anywhere: readonly Guardrail[];
  readonly named: ReadonlyMap<string, readonly Guardrail[]>;
}

function byNamespace(guardrails: readonly Guardrail[], target: Target): ByNamespace {
  const anywhere: Guardrail[] = [];
  const named = new Map<string, Guardrail[]>();
  for (const guardrail of guardrails) {
    const { covers, namespaceSelector } = matchOf(guardrail);
    if (!covers(target, null)) continue;
    // An object of the cluster matches whatever namespaces are selected.
    const names = target.namespaced ? namespaceSelector?.names : null;
    if (!names) anywhere.push(guardrail);
    else for (const name of new Set(names)) named.set(name, [...(named.get(name) ?? []), guardrail]);
  }
  return { anywhere, named };
}

function inNamespace({ anywhere, named }: ByNamespace, { namespace }: Subject): readonly Guardrail[] {
  const confined = named.get(namespace);
  if (confined === undefined) return anywhere;
  return [...anywhere, ...confined].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

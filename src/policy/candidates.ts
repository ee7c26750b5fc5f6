import type { Facts, NamespaceFacts } from '../engine/facts.ts';
import type { Subject } from '../engine/subject.ts';
import type { Guardrail } from './guardrail.ts';
import { isIdle, phasesOf } from './guardrail.ts';
import type { Match, Target } from './match.ts';
import { compileMatch, isNamespaces, requestedOf, targetOf } from './match.ts';

/** Finds the guardrails that may judge a subject, without asking each of them. */
export type Candidates = (subject: Subject, facts: Pick<Facts, 'namespace'>) => readonly Guardrail[];

/** Kinds of requests that are remembered; whoever makes up more is served without. */
const MAX_TARGETS = 512;
/** Namespaces, each once for each kind of request, whose labels are remembered to select no guardrails but these. */
const MAX_NAMESPACES = 10_000;

const everyWorkload = compileMatch();

export const matchOf = ({ match }: Guardrail): Match => match ?? everyWorkload;

/**
 * An index by resource and operation, by the namespaces to which guardrails confine themselves, and by the labels of namespaces: filled as
 * requests come, for as long as facts give the same namespace.
 */
export function indexGuardrails(guardrails: readonly Guardrail[]): Candidates {
  const busy = guardrails.filter((guardrail) => !phasesOf(guardrail).every(isIdle));
  const beyondPods = busy.some((guardrail) => phasesOf(guardrail).some(({ cel }) => cel));
  const byTarget = new Map<string, ByNamespace>();
  let remembered = 0;
  return (subject, facts) => {
    const podless = subject.pods.length === 0 && !isNamespaces(subject.resource);
    if (podless && !beyondPods) return none;
    const found = selected(named(subject), subject, facts);
    return podless ? found.filter((guardrail) => phasesOf(guardrail).some(({ cel }) => cel)) : found;
  };

  function named(subject: Subject): ByNamespace {
    const { group, version, resource } = subject.resource;
    const requested = requestedOf(subject);
    const converted = requested === undefined ? '' : ` ${requested.group}/${requested.version}`;
    const key = `${group}/${version}/${resource}/${subject.subresource} ${subject.operation} ${subject.namespace !== ''}${converted}`;
    const known = byTarget.get(key);
    if (known) return known;
    const found = byNamespace(busy, targetOf(subject));
    if (byTarget.size < MAX_TARGETS) byTarget.set(key, found);
    return found;
  }

  function selected(found: ByNamespace, subject: Subject, facts: Pick<Facts, 'namespace'>): readonly Guardrail[] {
    const namespace = found.byLabels && !isNamespaces(subject.resource) ? facts.namespace(subject.namespace) : null;
    // Where labels are not known, each guardrail says whether it needs them.
    if (!namespace) return inNamespace(found, subject);
    const known = found.selected.get(namespace);
    if (known) return known;
    const selecting = inNamespace(found, subject).filter((guardrail) => maySelect(guardrail, namespace));
    if (remembered++ < MAX_NAMESPACES) found.selected.set(namespace, selecting);
    return selecting;
  }
}

const none: readonly Guardrail[] = [];

interface ByNamespace {
  readonly anywhere: readonly Guardrail[];
  readonly named: ReadonlyMap<string, readonly Guardrail[]>;
  /** Whether labels of namespaces decide of some. */
  readonly byLabels: boolean;
  readonly selected: WeakMap<NamespaceFacts, readonly Guardrail[]>;
}

function maySelect(guardrail: Guardrail, { labels }: NamespaceFacts): boolean {
  const { namespaceSelector } = matchOf(guardrail);
  return namespaceSelector === null || namespaceSelector.byName || namespaceSelector.holds(labels);
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
  const byLabels = target.namespaced && [...anywhere, ...named.values()].flat().some(hangsOnLabels);
  return { anywhere, named, byLabels, selected: new WeakMap() };
}

const hangsOnLabels = (guardrail: Guardrail): boolean => matchOf(guardrail).namespaceSelector?.byName === false;

function inNamespace({ anywhere, named }: ByNamespace, { namespace }: Subject): readonly Guardrail[] {
  const confined = named.get(namespace);
  if (confined === undefined) return anywhere;
  return [...anywhere, ...confined].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

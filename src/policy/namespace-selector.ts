import type { LabelSelector } from '../api/selector.ts';
import type { Labels } from '../kube/selector.ts';
import { compileSelector, selectorKeys, selectsAll } from '../kube/selector.ts';

/** The label that the API server itself gives every namespace. */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

/** A selector for namespaces, ready to be asked. */
export interface NamespaceSelector {
  readonly holds: (labels: Labels) => boolean;
  /** It looks at nothing but the name, so nobody has to be asked for labels. */
  readonly byName: boolean;
  /** The names to which it confines itself; null where it may hold in any namespace. */
  readonly names: readonly string[] | null;
}

/** Null where every namespace matches. */
export function compileNamespaceSelector(selector: LabelSelector | undefined): NamespaceSelector | null {
  if (selector === undefined || selectsAll(selector)) return null;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const exact = Object.hasOwn(matchLabels, NAME_LABEL) ? [matchLabels[NAME_LABEL] ?? ''] : null;
  const listed = matchExpressions.find(({ key, operator }) => key === NAME_LABEL && operator === 'In')?.values ?? null;
  return {
    holds: compileSelector(selector),
    byName: selectorKeys(selector).every((key) => key === NAME_LABEL),
    names: exact ?? listed,
  };
}

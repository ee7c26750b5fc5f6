import type { Json } from '../kube/json.ts';
import type { Labels } from '../kube/selector.ts';

/** What judging needs to know beside the request: passed in, so that the same facts give the same verdict at every door. */
export interface Facts {
  /** The time of judging, in milliseconds since the epoch. */
  readonly now: number;
  /** A namespace; null where there is none of this name, undefined where it is not known. */
  readonly namespace: (name: string) => NamespaceFacts | null | undefined;
  /** Pods that run in a namespace, for warnings when its Pod Security labels are tightened; undefined where they are not known. */
  readonly pods?: (namespace: string) => ExistingPods | null | undefined;
}

export interface NamespaceFacts {
  readonly labels: Labels;
}

export interface ExistingPods {
  readonly items: readonly Json[];
  /** Tested after each pod: true when no more should be judged. */
  readonly late: () => boolean;
}

/** What would have been needed and was not known: fetch it, and judge again. */
export type Want = { readonly kind: 'namespace'; readonly name: string } | { readonly kind: 'pods'; readonly namespace: string };

/** Nothing is known, and no scheduled time has come. */
export const noFacts: Facts = { now: 0, namespace: () => undefined };

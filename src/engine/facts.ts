import type { LabelSelector } from '../api/selector.ts';
import type { Json, JsonObject } from '../kube/json.ts';
import type { Labels } from '../kube/selector.ts';

/** What judging needs to know beside the request: passed in, so that the same facts give the same verdict at every door. */
export interface Facts {
  /** The time of judging, in milliseconds since the epoch. */
  readonly now: number;
  /** A namespace; null where there is none of this name, undefined where it is not known. */
  readonly namespace: (name: string) => NamespaceFacts | null | undefined;
  /** Pods that run in a namespace, for warnings when its Pod Security labels are tightened; undefined where they are not known. */
  readonly pods?: (namespace: string) => ExistingPods | null | undefined;
  /** Objects that a policy takes its params from; empty where there are none, undefined where they are not known. */
  readonly params?: (source: ParamSource) => readonly Json[] | undefined;
  /** What the API server's authorizer says; undefined where it was not asked yet. */
  readonly access?: (review: AccessReview) => Access | undefined;
}

export interface NamespaceFacts {
  readonly labels: Labels;
  /** The whole object, where it was read. */
  readonly object?: Json;
}

/** One object by its name, or all that a selector of labels selects. */
export interface ParamSource {
  readonly apiVersion: string;
  readonly kind: string;
  /** `''` for a kind of the cluster. */
  readonly namespace: string;
  /** Null where the selector says which. */
  readonly name: string | null;
  readonly selector: LabelSelector | null;
}

/** The spec of an authorization.k8s.io/v1 SubjectAccessReview. */
export type AccessReview = JsonObject;

/** Its status. */
export interface Access {
  readonly allowed: boolean;
  readonly reason: string;
  /** Why the authorizer could not tell. */
  readonly error?: string;
}

export interface ExistingPods {
  readonly items: readonly Json[];
  /** Tested after each pod: true when no more should be judged. */
  readonly late: () => boolean;
}

/** What would have been needed and was not known: fetch it, and judge again. */
export type Want =
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'pods'; readonly namespace: string }
  | { readonly kind: 'params'; readonly source: ParamSource }
  | { readonly kind: 'access'; readonly review: AccessReview };

/** Nothing is known, and no scheduled time has come. */
export const noFacts: Facts = { now: 0, namespace: () => undefined };

import type { Sent } from '../api/admission-review.ts';
import type { Json } from '../kube/json.ts';
import type { Unreadable } from '../kube/pod-shape.ts';
import type { PodSource } from '../kube/pod.ts';

/** What is judged: one object in one request, or one document of a file. Made once; everything downstream only reads. */
export interface Subject {
  readonly gvk: { readonly group: string; readonly version: string; readonly kind: string };
  /** The resource as a request names it (`apps`, `v1`, `deployments`); of a document whose kind we do not know, by the rule for plurals. */
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  /** `''`, `ephemeralcontainers`, `resize`, … */
  readonly subresource: string;
  readonly operation: Operation;
  /** `''` for a cluster-scoped object. */
  readonly namespace: string;
  /** object.metadata.name, else the request's name; `''` under generateName until the API server fills it. */
  readonly name: string;
  readonly object: Json;
  readonly oldObject: Json;
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly dryRun: boolean;
  /** The pods that the object holds, unread; empty where no rule on pods has anything to judge. */
  readonly pods: readonly (PodSource | Unreadable)[];
  /** The request as it was sent; absent of a file and of a stored object, which nobody asks for. */
  readonly sent?: Sent | undefined;
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

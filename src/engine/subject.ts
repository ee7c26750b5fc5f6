import type { Json, JsonObject } from '../kube/json.ts';

/** What is judged: one object in one request, or one document of a file. Made once; everything downstream only reads. */
export interface Subject {
  readonly gvk: { readonly group: string; readonly version: string; readonly kind: string };
  /** The resource as a request names it (`apps`, `v1`, `deployments`); null where a file names a kind we do not know. */
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string } | null;
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
  readonly namespaceLabels: Readonly<Record<string, string>> | null;
  readonly podTemplates: readonly PodTemplate[];
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Where an object keeps a pod: `spec` for a Pod, `spec.template.spec` for a Deployment, … Values are unread JSON. */
export interface PodTemplate {
  /** Field path of the pod spec. */
  readonly path: string;
  /** Field path of the metadata beside it. */
  readonly metadataPath: string;
  readonly metadata: Json | undefined;
  readonly spec: Json | undefined;
}

export type { JsonObject };

import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import type { Unreadable } from './pod-shape.ts';
import { kindOf, podMetadataShape, podSpecShape } from './pod-shape.ts';

export type { Unreadable };

/** A pod spec that was read and found to have the shape Kubernetes decodes. Nulls stay where they were: null and absent mean the same. */
export interface Pod {
  /** Field path of the spec: `spec`, `spec.template.spec`, … */
  readonly path: string;
  /** Field path of the metadata that stands beside the spec. */
  readonly metadataPath: string;
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly spec: PodSpec;
  /** Init, then regular, then ephemeral containers, each in list order: every check visits all of them. */
  readonly containers: readonly Container[];
  /** The pod, then its containers. */
  readonly holders: readonly Holder[];
}

/** A place that can carry a security context: the pod itself or one of its containers. */
export interface Holder {
  /** `the pod`, `container "app"`, `init container "setup"`: as a message names it. */
  readonly who: string;
  /** Field path. */
  readonly path: string;
  readonly context: SharedSecurityContext | null | undefined;
}

export type ContainerList = keyof typeof listLabels;

const listLabels = { initContainers: 'init container', containers: 'container', ephemeralContainers: 'ephemeral container' } as const;

export class Container implements Holder {
  readonly list: ContainerList;
  readonly index: number;
  readonly spec: ContainerSpec;
  readonly context: SecurityContext | null | undefined;
  readonly #podPath: string;

  constructor(podPath: string, list: ContainerList, index: number, spec: ContainerSpec) {
    this.#podPath = podPath;
    this.list = list;
    this.index = index;
    this.spec = spec;
    this.context = spec.securityContext;
  }

  get name(): string {
    return this.spec.name ?? '';
  }

  get who(): string {
    return `${listLabels[this.list]} "${this.name}"`;
  }

  /** Made only when a finding needs it. */
  get path(): string {
    return `${this.#podPath}.${this.list}[${this.index}]`;
  }
}

export interface PodSpec {
  hostNetwork?: boolean | null;
  hostPID?: boolean | null;
  hostIPC?: boolean | null;
  hostUsers?: boolean | null;
  os?: { name?: string | null } | null;
  runtimeClassName?: string | null;
  volumes?: (Volume | null)[] | null;
  securityContext?: PodSecurityContext | null;
}

export interface ContainerSpec {
  name?: string | null;
  image?: string | null;
  ports?: ({ hostPort?: number | null } | null)[] | null;
  livenessProbe?: Handler | null;
  readinessProbe?: Handler | null;
  startupProbe?: Handler | null;
  lifecycle?: { postStart?: Handler | null; preStop?: Handler | null } | null;
  securityContext?: SecurityContext | null;
}

export interface Handler {
  httpGet?: { host?: string | null } | null;
  tcpSocket?: { host?: string | null } | null;
}

export interface Volume {
  name?: string | null;
  [source: string]: Json | undefined;
}

/** What pod and container security contexts share. */
export interface SharedSecurityContext {
  runAsNonRoot?: boolean | null;
  runAsUser?: number | null;
  seLinuxOptions?: { user?: string | null; role?: string | null; type?: string | null } | null;
  seccompProfile?: { type?: string | null } | null;
  appArmorProfile?: { type?: string | null } | null;
  windowsOptions?: { hostProcess?: boolean | null } | null;
}

export interface PodSecurityContext extends SharedSecurityContext {
  sysctls?: ({ name?: string | null } | null)[] | null;
}

export interface SecurityContext extends SharedSecurityContext {
  privileged?: boolean | null;
  allowPrivilegeEscalation?: boolean | null;
  procMount?: string | null;
  capabilities?: { add?: (string | null)[] | null; drop?: (string | null)[] | null } | null;
}

export const isWindows = (pod: Pod): boolean => pod.spec.os?.name === 'windows';

/** KEP-127: the pod runs in a user namespace of its own. */
export const inUserNamespace = (pod: Pod): boolean => pod.spec.hostUsers === false;

/** The container in which a field path of the pod lies, or null. */
export const containerAt = (pod: Pod, path: string): Container | null =>
  pod.containers.find((container) => path === container.path || path.startsWith(`${container.path}.`)) ?? null;

/**
 * Reads a pod spec and the metadata beside it as the API server's decoder would, as far as any check looks.
 * Never throws: what does not have the shape is named instead.
 */
export function readPod(source: PodSource): Pod | Unreadable {
  const { path, metadataPath, metadata } = source;
  const spec = source.spec ?? {};
  if (!isObject(spec)) return { path, expected: 'a pod spec', got: kindOf(spec) };
  const inSpec = podSpecShape(spec);
  if (inSpec) return { ...inSpec, path: path + inSpec.path };
  const inMetadata = podMetadataShape(metadata);
  if (inMetadata) return { ...inMetadata, path: metadataPath + inMetadata.path };
  const annotations = (metadata as PodMetadata | null | undefined)?.annotations ?? {};
  const containers = containersOf(spec, path);
  const podSpec: PodSpec = spec;
  const holders = [{ who: 'the pod', path, context: podSpec.securityContext }, ...containers];
  return { path, metadataPath, annotations, spec: podSpec, containers, holders };
}

export interface PodSource {
  readonly path: string;
  readonly metadataPath: string;
  readonly metadata: Json | undefined;
  readonly spec: Json | undefined;
}

export const isUnreadable = (pod: Pod | Unreadable): pod is Unreadable => 'expected' in pod;

interface PodMetadata {
  annotations?: Record<string, string | null> | null;
}

const lists = Object.keys(listLabels) as ContainerList[];

function containersOf(spec: JsonObject, path: string): Container[] {
  const containers: Container[] = [];
  for (const list of lists) {
    const items = (spec[list] ?? []) as (ContainerSpec | null)[];
    for (let index = 0; index < items.length; index++) containers.push(new Container(path, list, index, items[index] ?? {}));
  }
  return containers;
}

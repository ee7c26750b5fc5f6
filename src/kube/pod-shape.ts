import type { Json } from './json.ts';
import { isObject } from './json.ts';

/** The first place that does not have the shape Kubernetes decodes; `path` starts where reading started. */
export interface Unreadable {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** Expected JSON: a word, a list of items, or an object's fields by key. Unknown fields are free, null is allowed everywhere. */
type Shape = Word | { readonly items: Shape } | ReadonlyMap<string, Shape>;
type Word = 'boolean' | 'string' | 'integer' | 'object' | 'strings';

/** Sources that core/v1 Volume knows, each an object. */
export const volumeSources = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs',
  'flocker', 'fc', 'azureFile', 'vsphereVolume', 'quobyte', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'storageos',
  'configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret',
] as const; // prettier-ignore
export type VolumeSource = (typeof volumeSources)[number];

const fields = (shapes: Record<string, Shape>): Shape => new Map(Object.entries(shapes));

const shared: Record<string, Shape> = {
  runAsNonRoot: 'boolean',
  runAsUser: 'integer',
  seLinuxOptions: fields({ user: 'string', role: 'string', type: 'string' }),
  seccompProfile: fields({ type: 'string' }),
  appArmorProfile: fields({ type: 'string' }),
  windowsOptions: fields({ hostProcess: 'boolean' }),
};
const handler = fields({ httpGet: fields({ host: 'string' }), tcpSocket: fields({ host: 'string' }) });
const container = fields({
  name: 'string',
  image: 'string',
  ports: { items: fields({ hostPort: 'integer' }) },
  livenessProbe: handler,
  readinessProbe: handler,
  startupProbe: handler,
  lifecycle: fields({ postStart: handler, preStop: handler }),
  securityContext: fields({
    ...shared,
    privileged: 'boolean',
    allowPrivilegeEscalation: 'boolean',
    procMount: 'string',
    capabilities: fields({ add: { items: 'string' }, drop: { items: 'string' } }),
  }),
});

/** As much of core/v1 PodSpec as any check reads. */
export const podSpecShape = fields({
  hostNetwork: 'boolean',
  hostPID: 'boolean',
  hostIPC: 'boolean',
  hostUsers: 'boolean',
  os: fields({ name: 'string' }),
  runtimeClassName: 'string',
  volumes: { items: fields({ name: 'string', ...Object.fromEntries(volumeSources.map((source) => [source, 'object' as const])) }) },
  securityContext: fields({ ...shared, sysctls: { items: fields({ name: 'string' }) } }),
  initContainers: { items: container },
  containers: { items: container },
  ephemeralContainers: { items: container },
});
export const podMetadataShape = fields({ annotations: 'strings' });

/** Where `value` cannot be decoded into `shape`, or null. Total: any JSON goes in. */
export function misshapen(value: Json | undefined, shape: Shape): Unreadable | null {
  if (value === null || value === undefined) return null;
  if (typeof shape === 'string') return words[shape](value);
  if ('items' in shape) return Array.isArray(value) ? misshapenItem(value, shape.items) : wrong('a list', value);
  return isObject(value) ? misshapenField(value, shape) : wrong('an object', value);
}

function misshapenField(value: Record<string, Json | undefined>, shape: ReadonlyMap<string, Shape>): Unreadable | null {
  for (const key in value) {
    const field = shape.get(key);
    if (field === undefined) continue;
    const fault = misshapen(value[key], field);
    if (fault) return { ...fault, path: `.${key}${fault.path}` };
  }
  return null;
}

function misshapenItem(value: readonly Json[], shape: Shape): Unreadable | null {
  for (let index = 0; index < value.length; index++) {
    const fault = misshapen(value[index], shape);
    if (fault) return { ...fault, path: `[${index}]${fault.path}` };
  }
  return null;
}

const words: Record<Word, (value: Json) => Unreadable | null> = {
  boolean: (value) => (typeof value === 'boolean' ? null : wrong('true or false', value)),
  string: (value) => (typeof value === 'string' ? null : wrong('a string', value)),
  integer: (value) => (Number.isInteger(value) ? null : wrong('a whole number', value)),
  object: (value) => (isObject(value) ? null : wrong('an object', value)),
  strings: (value) => (isObject(value) ? misshapenEntry(value) : wrong('an object', value)),
};

function misshapenEntry(value: Record<string, Json | undefined>): Unreadable | null {
  const key = Object.keys(value).find((key) => value[key] !== null && typeof value[key] !== 'string');
  return key === undefined ? null : { ...wrong('a string', value[key]), path: `[${key}]` };
}

const wrong = (expected: string, value: Json | undefined): Unreadable => ({ path: '', expected, got: kindOf(value) });

/** A JSON value in words, for messages; scalars are quoted, cut at 40 characters. */
export function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
}

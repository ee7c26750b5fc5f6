import type { Json } from './json.ts';
import { isObject } from './json.ts';

/** The first place that does not have the shape Kubernetes decodes; `path` starts where reading started. */
export interface Unreadable {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** Names the first place of a value that Kubernetes cannot decode, or null. Total: any JSON goes in, null is allowed everywhere. */
export type Shape = (value: Json | undefined) => Unreadable | null;

/** Sources that core/v1 Volume knows, each an object. */
export const volumeSources = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs',
  'flocker', 'fc', 'azureFile', 'vsphereVolume', 'quobyte', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'storageos',
  'configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret',
] as const; // prettier-ignore
export type VolumeSource = (typeof volumeSources)[number];

const boolean = scalar('true or false', (value) => typeof value === 'boolean');
const string = scalar('a string', (value) => typeof value === 'string');
const integer = scalar('a whole number', Number.isInteger);
const object = scalar('an object', isObject);

const shared: Record<string, Shape> = {
  runAsNonRoot: boolean,
  runAsUser: integer,
  seLinuxOptions: fields({ user: string, role: string, type: string }),
  seccompProfile: fields({ type: string }),
  appArmorProfile: fields({ type: string }),
  windowsOptions: fields({ hostProcess: boolean }),
};
const handler = fields({ httpGet: fields({ host: string }), tcpSocket: fields({ host: string }) });
const container = fields({
  name: string,
  image: string,
  ports: list(fields({ hostPort: integer })),
  livenessProbe: handler,
  readinessProbe: handler,
  startupProbe: handler,
  lifecycle: fields({ postStart: handler, preStop: handler }),
  securityContext: fields({
    ...shared,
    privileged: boolean,
    allowPrivilegeEscalation: boolean,
    procMount: string,
    capabilities: fields({ add: list(string), drop: list(string) }),
  }),
});

/** As much of core/v1 PodSpec as any check reads. */
export const podSpecShape = fields({
  hostNetwork: boolean,
  hostPID: boolean,
  hostIPC: boolean,
  hostUsers: boolean,
  os: fields({ name: string }),
  runtimeClassName: string,
  volumes: list(fields({ name: string, ...Object.fromEntries(volumeSources.map((source) => [source, object])) })),
  securityContext: fields({ ...shared, sysctls: list(fields({ name: string })) }),
  initContainers: list(container),
  containers: list(container),
  ephemeralContainers: list(container),
});
export const podMetadataShape = fields({ annotations: strings() });

function scalar(expected: string, fits: (value: Json) => boolean): Shape {
  return (value) => (value === null || value === undefined || fits(value) ? null : wrong(expected, value));
}

function list(item: Shape): Shape {
  return (value) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return wrong('a list', value);
    for (let index = 0; index < value.length; index++) {
      const fault = item(value[index]);
      if (fault) return { ...fault, path: `[${index}]${fault.path}` };
    }
    return null;
  };
}

/** Fields that are not named here are free. Goes by the keys of the value, which are fewer than the fields that it could have. */
function fields(shapes: Record<string, Shape>): Shape {
  const byKey = new Map(Object.entries(shapes));
  return (value) => {
    if (value === null || value === undefined) return null;
    if (!isObject(value)) return wrong('an object', value);
    for (const key in value) {
      const fault = byKey.get(key)?.(value[key]);
      if (fault) return { ...fault, path: `.${key}${fault.path}` };
    }
    return null;
  };
}

function strings(): Shape {
  return (value) => {
    if (value === null || value === undefined) return null;
    return isObject(value) ? misshapenEntry(value) : wrong('an object', value);
  };
}

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

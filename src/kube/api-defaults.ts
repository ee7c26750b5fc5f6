import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';

/**
 * What the API server fills in where nothing stands, before it asks anybody: a value stands for itself, an object and the items of a list are
 * looked into where they are there, and one whose key ends in `!` is made.
 */
export interface Defaults {
  readonly [key: string]: string | number | boolean | Defaults | readonly [Defaults];
}

const handler: Defaults = { httpGet: { path: '/', scheme: 'HTTP' } };
const probe: Defaults = {
  ...handler,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  grpc: { service: '' },
};

const container: Defaults = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  'resources!': {},
  ports: [{ protocol: 'TCP' }],
  env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: { postStart: handler, preStop: handler },
};

const downwardItems: Defaults = { items: [{ fieldRef: { apiVersion: 'v1' } }] };

const podSpec: Defaults = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  'securityContext!': {},
  containers: [container],
  initContainers: [container],
  ephemeralContainers: [container],
  volumes: [
    {
      hostPath: { type: '' },
      configMap: { defaultMode: 420 },
      secret: { defaultMode: 420 },
      downwardAPI: { defaultMode: 420, ...downwardItems },
      projected: { defaultMode: 420, sources: [{ downwardAPI: downwardItems, serviceAccountToken: { expirationSeconds: 3600 } }] },
    },
  ],
};

const template: Defaults = { 'metadata!': {}, spec: podSpec };
const jobSpec: Defaults = { template };

/** By `GROUP/KIND`. */
const kinds: Readonly<Record<string, Defaults>> = {
  '/Pod': { spec: { ...podSpec, enableServiceLinks: true, priority: 0, preemptionPolicy: 'PreemptLowerPriority' } },
  '/PodTemplate': { template },
  '/ReplicationController': { spec: { replicas: 1, template } },
  '/Service': { spec: { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ports: [{ protocol: 'TCP' }] } },
  '/Secret': { type: 'Opaque' },
  '/PersistentVolumeClaim': { spec: { volumeMode: 'Filesystem', 'resources!': {} } },
  'apps/DaemonSet': {
    spec: { template, revisionHistoryLimit: 10, 'updateStrategy!': { type: 'RollingUpdate' } },
  },
  'apps/Deployment': {
    spec: { template, replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, 'strategy!': { type: 'RollingUpdate' } },
  },
  'apps/ReplicaSet': { spec: { replicas: 1, template } },
  'apps/StatefulSet': {
    spec: {
      template,
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      'updateStrategy!': { type: 'RollingUpdate' },
    },
  },
  'batch/CronJob': {
    spec: {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { 'metadata!': {}, spec: jobSpec },
    },
  },
  'batch/Job': { spec: { ...jobSpec, completionMode: 'NonIndexed', suspend: false, backoffLimit: 6 } },
};

/** An object of Kubernetes itself with the defaults of its kind; any other as it is. */
export function withApiDefaults(object: JsonObject, { group, kind }: { readonly group: string; readonly kind: string }): JsonObject {
  const defaults = kinds[`${group}/${kind}`];
  return defaults === undefined ? object : filled(object, defaults);
}

function filled(object: JsonObject, defaults: Defaults): JsonObject {
  const all = { ...object };
  for (const [name, inside] of Object.entries(defaults)) {
    const key = name.replace(/!$/, '');
    const value = object[key] ?? (key === name ? undefined : {});
    const made = typeof inside === 'object' ? looked(value, inside) : (value ?? inside);
    if (made !== undefined) all[key] = made;
  }
  return all;
}

function looked(value: Json | undefined, inside: Defaults | readonly [Defaults]): Json | undefined {
  if (!isItems(inside)) return isObject(value) ? filled(value, inside) : value;
  const [item] = inside;
  return Array.isArray(value) ? value.map((one) => (isObject(one) ? filled(one, item) : one)) : value;
}

const isItems = (inside: Defaults | readonly [Defaults]): inside is readonly [Defaults] => Array.isArray(inside);

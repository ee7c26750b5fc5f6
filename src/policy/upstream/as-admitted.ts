import { parseQuantity } from '../../cel/library/quantity-value.ts';
import { quantityText } from '../../cel/library/quantity-text.ts';
import { isError } from '../../cel/value.ts';
import { defaultVolume } from '../../engine/default-volume.ts';
import type { Subject } from '../../engine/subject.ts';
import { withApiDefaults } from '../../kube/api-defaults.ts';
import { splitImage } from '../../kube/image.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { isBuiltIn, workloadOfResource } from '../../kube/workload.ts';

/**
 * An object of a file as the API server holds it when it asks its own policies: with the defaults, without fields that say nothing, with
 * quantities in the form that it writes them, and a pod with the token of its service account.
 */
export function asAdmitted(object: Json, { gvk, resource }: Subject): Json {
  if (!isObject(object) || isStored(object)) return object;
  const filled = withApiDefaults(object, gvk);
  if (gvk.group === '' && gvk.kind === 'Service') return inside(filled, ['spec', 'ports'], servicePort);
  if (gvk.group === '' && gvk.kind === 'PersistentVolumeClaim') return inside(filled, ['spec', 'resources', 'requests'], quantities);
  const workload = workloadOfResource(resource.group, resource.resource);
  if (workload === undefined || !isBuiltIn(workload)) return filled;
  const templated = inside(filled, [...workload.template, 'spec'], podSpec);
  return workload.kind === 'Pod' ? inside(templated, ['spec'], ownPod) : templated;
}

/** What was read from a cluster has been through all this. */
const isStored = ({ metadata }: JsonObject): boolean => isObject(metadata) && metadata['uid'] != null;

/** Without a target a port leads to the one of its own number. */
const servicePort = (port: JsonObject): JsonObject => ({
  ...port,
  ...(port['port'] != null && { targetPort: port['targetPort'] ?? port['port'] }),
});

const own = ['containers', 'initContainers'];
const lists = [...own, 'ephemeralContainers'];

function podSpec(spec: JsonObject): JsonObject {
  const changed = lists.reduce((all, list) => inside(all, [list], container), encoded(spec) as JsonObject);
  const volumes = changed['volumes'];
  return Array.isArray(volumes) ? { ...changed, volumes: volumes.map(defaultVolume) } : changed;
}

/** Fields of a pod that the API server does not write when they say nothing: `hostNetwork: false` is no field that is there. */
const unwritten: Readonly<Record<string, Json>> = {
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  hostPort: 0,
  readOnly: false,
  stdin: false,
  stdinOnce: false,
  tty: false,
};
/** Lists that it writes also when they are empty. */
const written = new Set(['containers', 'nodeSelectorTerms', 'sources']);

function encoded(value: Json): Json {
  if (Array.isArray(value)) return value.map(encoded);
  if (!isObject(value)) return value;
  const said = Object.entries(value).filter(([key, field]) =>
    Array.isArray(field) ? field.length > 0 || written.has(key) : field !== unwritten[key],
  );
  return Object.fromEntries(said.map(([key, field]) => [key, encoded(field ?? null)]));
}

function container(one: JsonObject): JsonObject {
  const { image } = one;
  const exact = ['limits', 'requests'].reduce((all, part) => inside(all, ['resources', part], quantities), one);
  if (typeof image !== 'string' || one['imagePullPolicy'] != null) return exact;
  return { ...exact, imagePullPolicy: isLatest(image) ? 'Always' : 'IfNotPresent' };
}

function isLatest(image: string): boolean {
  const { tag, digest } = splitImage(image);
  return tag === 'latest' || (tag === null && digest === null);
}

/** `1024Mi` is kept as `1Gi`, and the number 1 as the text. */
function quantities(amounts: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => {
      const quantity = typeof amount === 'string' || typeof amount === 'number' ? parseQuantity(String(amount)) : null;
      return [name, quantity === null || isError(quantity) ? amount : quantityText(quantity)];
    }),
  );
}

const TOKEN_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const token = {
  name: 'kube-api-access',
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};

/** Taints that every pod bears for a while. */
const borne = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** What a pod gets and a template does not: requests of what is limited, ports of its host, tolerations, a service account, and its token. */
function ownPod(spec: JsonObject): JsonObject {
  const account = spec['serviceAccountName'] ?? spec['serviceAccount'] ?? 'default';
  const asked = own.reduce((all, list) => inside(all, [list], requesting), spec);
  const hosted = spec['hostNetwork'] === true ? own.reduce((all, list) => inside(all, [list, 'ports'], hostPort), asked) : asked;
  const named: JsonObject = { tolerations: borne, ...hosted, serviceAccountName: account, serviceAccount: account };
  if (spec['automountServiceAccountToken'] === false) return named;
  const volumes = Array.isArray(spec['volumes']) ? spec['volumes'] : [];
  const mounted = own.reduce((all, list) => inside(all, [list], mounting), named);
  return { ...mounted, volumes: [...volumes, token] };
}

function requesting(one: JsonObject): JsonObject {
  const resources = isObject(one['resources']) ? one['resources'] : {};
  const limits = isObject(resources['limits']) ? resources['limits'] : null;
  if (limits === null) return one;
  const requests = isObject(resources['requests']) ? resources['requests'] : {};
  return { ...one, resources: { ...resources, requests: { ...limits, ...requests } } };
}

const hostPort = (port: JsonObject): JsonObject => ({ ...port, hostPort: port['hostPort'] ?? port['containerPort'] ?? 0 });

function mounting(one: JsonObject): JsonObject {
  const mounts = Array.isArray(one['volumeMounts']) ? one['volumeMounts'] : [];
  if (mounts.some((mount) => isObject(mount) && mount['mountPath'] === TOKEN_MOUNT)) return one;
  return { ...one, volumeMounts: [...mounts, { name: token.name, readOnly: true, mountPath: TOKEN_MOUNT }] };
}

/** The object with what stands at the end of the keys changed, or with every item of the list there; where nothing is, nothing is made. */
function inside(object: JsonObject, [key, ...rest]: readonly string[], change: (value: JsonObject) => JsonObject): JsonObject {
  if (key === undefined) return change(object);
  const value = object[key];
  if (isObject(value)) return { ...object, [key]: inside(value, rest, change) };
  if (!Array.isArray(value)) return object;
  return { ...object, [key]: value.map((item) => (isObject(item) ? inside(item, rest, change) : item)) };
}

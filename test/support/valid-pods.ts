import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Json, JsonObject } from '../../src/kube/json.ts';

const volumes: readonly JsonObject[] = [
  {}, { emptyDir: {} }, { hostPath: { path: '/' } }, { nfs: { server: 's', path: '/' } }, { configMap: { name: 'c' } }, { secret: { secretName: 's' } },
  { persistentVolumeClaim: { claimName: 'c' } }, { csi: { driver: 'd.example' } }, { downwardAPI: {} }, { projected: { sources: [] } },
  { gitRepo: { repository: 'r' } }, { iscsi: { targetPortal: 't', iqn: 'iqn.2001-04.com.example:a', lun: 0 } }, { cephfs: { monitors: ['m'] } },
]; // prettier-ignore

/** Pods that the API server mostly takes, at the edges of the Pod Security Standards: what its validation refuses at once is left out. */
export const validPods: Arbitrary<{ metadata: JsonObject; spec: JsonObject }> = fc
  .record({ annotations: fc.option(annotations(), { freq: 1 }), made: spec(), care: fc.boolean() })
  .map(({ annotations: given, made, care }) => ({
    metadata: { name: 'p', ...(given !== null && { annotations: given }) },
    spec: care ? withCare(made) : made,
  }));

/** What restricted asks for, where the pod says nothing else. */
function withCare(spec: JsonObject): JsonObject {
  const lists = ['containers', 'initContainers'].map((list) => [list, (spec[list] as Json[]).map(careful)]);
  const context = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, ...(spec['securityContext'] as JsonObject) };
  return { ...spec, securityContext: context, ...Object.fromEntries(lists) };
} // prettier-ignore

function careful(container: Json): Json {
  const { securityContext, ...rest } = container as JsonObject;
  return { ...rest, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, ...(securityContext as JsonObject) } };
} // prettier-ignore

function spec(): Arbitrary<JsonObject> {
  const pod = some({
    hostNetwork: fc.boolean(),
    hostPID: fc.boolean(),
    hostIPC: fc.boolean(),
    hostUsers: fc.constantFrom(true, false),
    os: fc.constantFrom({ name: 'windows' }, { name: 'linux' }),
    volumes: fc.uniqueArray(fc.constantFrom(...volumes), { maxLength: 2 }).map((sources) => sources.map((source, index) => ({ name: `v${index}`, ...source }))),
    securityContext: some({ ...shared(), runAsUser: fc.constantFrom(0, 1000), sysctls: sysctls() }),
  }); // prettier-ignore
  const lists = fc.record({ containers: containers('c', 1), initContainers: containers('i', 0) });
  return fc.tuple(pod, lists).map(([rest, held]) => ({ ...rest, ...held }));
}

function shared(): Record<string, Arbitrary<Json>> {
  const profile = fc.constantFrom({ type: 'RuntimeDefault' }, { type: 'Unconfined' }, { type: 'Localhost', localhostProfile: 'p' });
  return {
    runAsNonRoot: fc.constantFrom(true, true, false),
    seLinuxOptions: some({
      type: fc.constantFrom('container_t', 'container_engine_t', 'spc_t', ''),
      user: fc.constantFrom('', 'system_u'),
      role: fc.constantFrom('', 'system_r'),
      level: fc.constant('s0'),
    }),
    seccompProfile: profile,
    appArmorProfile: profile,
    windowsOptions: some({ hostProcess: fc.boolean() }),
  };
}

function containers(prefix: string, minLength: number): Arbitrary<Json[]> {
  const container = some({
    ports: fc.constantFrom<Json[]>([], [{ containerPort: 80 }], [{ containerPort: 80, hostPort: 80 }]),
    securityContext: some({
      ...shared(),
      runAsUser: fc.constantFrom(0, 1000),
      privileged: fc.constantFrom(false, false, true),
      allowPrivilegeEscalation: fc.constantFrom(false, false, false, true),
      procMount: fc.constantFrom('Default', 'Default', 'Unmasked'),
      capabilities: some({ add: capabilities(['NET_BIND_SERVICE', 'CHOWN', 'NET_RAW', 'ALL']), drop: capabilities(['ALL', 'ALL', 'all', 'CHOWN']) }),
    }),
    ...(prefix === 'c' && { livenessProbe: handler(), readinessProbe: handler(), lifecycle: some({ preStop: handler() }) }),
  }); // prettier-ignore
  return fc
    .array(container, { minLength, maxLength: 2 })
    .map((made) => made.map((one, index) => ({ name: `${prefix}${index}`, image: 'registry.example/app', ...one })));
}

function handler(): Arbitrary<Json> {
  return fc.constantFrom<Json[]>(
    { exec: { command: ['true'] } },
    { httpGet: { port: 80 } },
    { httpGet: { port: 80, host: '10.0.0.1' } },
    { tcpSocket: { port: 80, host: 'localhost' } },
  );
}

function capabilities(names: readonly string[]): Arbitrary<Json> {
  return fc.array(fc.constantFrom(...names), { maxLength: 2 });
}

function sysctls(): Arbitrary<Json> {
  const names = ['kernel.msgmax', 'kernel.shm_rmid_forced', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_notsent_lowat', 'net.ipv4.ip_local_reserved_ports'];
  return fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }).map((found) => found.map((name) => ({ name, value: '1' })));
} // prettier-ignore

function annotations(): Arbitrary<JsonObject> {
  const keys = ['seccomp.security.alpha.kubernetes.io/pod', 'container.seccomp.security.alpha.kubernetes.io/c0', 'container.apparmor.security.beta.kubernetes.io/c0'];
  return fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('unconfined', 'runtime/default', 'docker/default', 'localhost/p', ''), { maxKeys: 2 });
} // prettier-ignore

/** Fields that are there or not, few at a time, so that most pods have but one or two faults. */
function some(fields: Record<string, Arbitrary<Json>>): Arbitrary<JsonObject> {
  const names = Object.keys(fields);
  return fc
    .tuple(fc.record(fields), fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }))
    .map(([all, kept]) => Object.fromEntries(kept.map((name) => [name, all[name]])));
}

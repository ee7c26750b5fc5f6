import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Json, JsonObject } from '../../src/kube/json.ts';
import { volumeSources } from '../../src/kube/pod-shape.ts';

/** A pod's metadata and spec, at the edges of the Pod Security Standards: fields absent, null, empty, good and bad, in every container list. */
export const pods: Arbitrary<{ metadata?: JsonObject; spec: JsonObject }> = fc
  .record(
    { metadata: some(record({ annotations: annotations(), labels: fc.constant({ app: 'web' }) })), spec: spec() },
    { requiredKeys: ['spec'] },
  )
  .map((pod) => JSON.parse(JSON.stringify(pod)));

function spec(): Arbitrary<Json> {
  return record({
    hostNetwork: fc.boolean(),
    hostPID: fc.boolean(),
    hostIPC: fc.boolean(),
    hostUsers: fc.boolean(),
    os: record({ name: fc.constantFrom('windows', 'linux', 'Windows', '') }),
    volumes: fc.array(some(volume()), { maxLength: 3 }),
    securityContext: record({ ...shared(), sysctls: fc.array(record({ name: sysctl(), value: fc.constant('1') }), { maxLength: 4 }) }),
    initContainers: containers(),
    containers: containers(),
    ephemeralContainers: containers(),
  });
}

function shared(): Record<string, Arbitrary<Json>> {
  return {
    runAsNonRoot: fc.boolean(),
    runAsUser: fc.constantFrom(0, 1, 1000),
    seLinuxOptions: record({
      type: fc.constantFrom('container_t', 'container_engine_t', 'spc_t', ''),
      user: fc.constantFrom('', 'system_u'),
      role: fc.constantFrom('', 'system_r'),
      level: fc.constant('s0'),
    }),
    seccompProfile: record({ type: profile(), localhostProfile: fc.constant('p') }),
    appArmorProfile: record({ type: profile() }),
    windowsOptions: record({ hostProcess: fc.boolean() }),
  };
}

function sysctl(): Arbitrary<Json> {
  return fc.constantFrom('kernel.msgmax', 'kernel.shm_rmid_forced', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_keepalive_time', '');
}

function profile(): Arbitrary<Json> {
  return fc.constantFrom('RuntimeDefault', 'Localhost', 'Unconfined', '');
}

function containers(): Arbitrary<Json> {
  return fc.array(fc.oneof({ weight: 12, arbitrary: container() }, { weight: 1, arbitrary: fc.constant(null) }), { maxLength: 3 });
}

function container(): Arbitrary<Json> {
  const port = record({ containerPort: fc.constant(80), hostPort: fc.constantFrom(0, 80, 9000) });
  return record({
    name: fc.constantFrom('a', 'b', 'c', ''),
    image: fc.constantFrom('i', 'j'),
    ports: fc.array(some(port), { maxLength: 2 }),
    livenessProbe: handler(),
    readinessProbe: handler(),
    startupProbe: handler(),
    lifecycle: record({ postStart: handler(), preStop: handler() }),
    securityContext: record({
      ...shared(),
      privileged: fc.boolean(),
      allowPrivilegeEscalation: fc.boolean(),
      procMount: fc.constantFrom('Default', 'Unmasked', ''),
      capabilities: record({ add: capabilities(), drop: capabilities() }),
    }),
  });
}

function capabilities(): Arbitrary<Json> {
  return fc.array(some(fc.constantFrom('ALL', 'all', 'NET_BIND_SERVICE', 'CHOWN', 'SYS_ADMIN', 'NET_RAW', '')), { maxLength: 4 });
}

function handler(): Arbitrary<Json> {
  const host = fc.constantFrom('', 'localhost', '10.0.0.1');
  return record({ httpGet: record({ port: fc.constant(80), host }), tcpSocket: record({ host }), grpc: record({ host }) });
}

function volume(): Arbitrary<Json> {
  const sources = fc.array(fc.constantFrom(...volumeSources, 'quantumFoam'), { maxLength: 2 });
  return fc
    .tuple(sources, some(fc.constant({})))
    .map(([names, value]) => ({ name: 'v', ...Object.fromEntries(names.map((name) => [name, value])) }));
}

function annotations(): Arbitrary<Json> {
  const key = fc.constantFrom(
    'seccomp.security.alpha.kubernetes.io/pod',
    'container.seccomp.security.alpha.kubernetes.io/a',
    'container.seccomp.security.alpha.kubernetes.io/',
    'container.apparmor.security.beta.kubernetes.io/a',
    'container.apparmor.security.beta.kubernetes.io/zzz',
    'example.com/key',
  );
  return fc.dictionary(key, some(fc.constantFrom('unconfined', 'runtime/default', 'docker/default', 'localhost/p', '')), { maxKeys: 4 });
}

/** Null now and then, in a list too. */
function some(value: Arbitrary<Json>): Arbitrary<Json> {
  return fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) });
}

/** Every field may be absent or null. */
function record(fields: Record<string, Arbitrary<Json>>): Arbitrary<JsonObject> {
  return fc.record(Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, some(value)])), { requiredKeys: [] });
}

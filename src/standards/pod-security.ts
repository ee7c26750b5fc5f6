import type { Static, TSchema } from 'typebox';
import allowPrivilegeEscalation from '../checks/allow-privilege-escalation.ts';
import appArmor from '../checks/app-armor.ts';
import capabilities from '../checks/capabilities.ts';
import hostNamespaces from '../checks/host-namespaces.ts';
import hostPathVolumes from '../checks/host-path-volumes.ts';
import hostPorts from '../checks/host-ports.ts';
import hostProbes from '../checks/host-probes.ts';
import privileged from '../checks/privileged.ts';
import procMount from '../checks/proc-mount.ts';
import runAsNonRoot from '../checks/run-as-non-root.ts';
import runAsUser from '../checks/run-as-user.ts';
import seccompAnnotations from '../checks/seccomp-annotations.ts';
import seccomp from '../checks/seccomp.ts';
import selinux from '../checks/selinux.ts';
import sysctls from '../checks/sysctls.ts';
import volumeTypes from '../checks/volume-types.ts';
import windowsHostProcess from '../checks/windows-host-process.ts';
import type { AnyCheck, Check } from '../engine/check.ts';

export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

/** One control of the Pod Security Standards from one minor version of Kubernetes on: the check and params that judge it. */
export interface ControlVersion {
  /** Upstream check ID (k8s.io/pod-security-admission/policy). */
  readonly control: string;
  readonly level: 'baseline' | 'restricted';
  /** Minor version of the policy from which this row holds, until the next row of the same control. */
  readonly since: number;
  readonly check: AnyCheck;
  readonly params: unknown;
  /** Baseline controls that this one replaces at level restricted. */
  readonly overrides?: readonly string[];
}

const defaultCapabilities = [
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT',
]; // prettier-ignore
const selinuxTypes = ['container_t', 'container_init_t', 'container_kvm_t'];
const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const sysctls10 = [
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start',
]; // prettier-ignore
const sysctls27 = [...sysctls10, 'net.ipv4.ip_local_reserved_ports'];
const sysctls29 = [
  ...sysctls27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes',
]; // prettier-ignore
const sysctls32 = [...sysctls29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];
const sysctls37 = [...sysctls32, 'net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat'];
const restrictedCapabilities = { drop: ['ALL'], add: ['NET_BIND_SERVICE'] };

/** The standards as data, newest policy change v1.37. A change upstream is a new row. */
export const podSecurity: readonly ControlVersion[] = [
  row('appArmorProfile', 'baseline', 0, appArmor, {}),
  row('capabilities_baseline', 'baseline', 0, capabilities, { drop: [], add: defaultCapabilities, exemptWindows: false }),
  row('hostNamespaces', 'baseline', 0, hostNamespaces, {}),
  row('hostPathVolumes', 'baseline', 0, hostPathVolumes, {}),
  row('hostPorts', 'baseline', 0, hostPorts, { allowed: [] }),
  row('hostProbesAndHostLifecycle', 'baseline', 34, hostProbes, {}),
  row('privileged', 'baseline', 0, privileged, {}),
  row('procMount', 'baseline', 0, procMount, { exemptUserNamespaces: false }),
  row('procMount', 'baseline', 35, procMount, { exemptUserNamespaces: true }),
  row('seLinuxOptions', 'baseline', 0, selinux, { types: selinuxTypes }),
  row('seLinuxOptions', 'baseline', 31, selinux, { types: [...selinuxTypes, 'container_engine_t'] }),
  row('seccompProfile_baseline', 'baseline', 0, seccompAnnotations, {}),
  row('seccompProfile_baseline', 'baseline', 19, seccomp, { required: false, exemptWindows: false }),
  row('sysctls', 'baseline', 0, sysctls, { allowed: sysctls10 }),
  row('sysctls', 'baseline', 27, sysctls, { allowed: sysctls27 }),
  row('sysctls', 'baseline', 29, sysctls, { allowed: sysctls29 }),
  row('sysctls', 'baseline', 32, sysctls, { allowed: sysctls32 }),
  row('sysctls', 'baseline', 37, sysctls, { allowed: sysctls37 }),
  row('windowsHostProcess', 'baseline', 0, windowsHostProcess, {}),
  row('allowPrivilegeEscalation', 'restricted', 8, allowPrivilegeEscalation, { exemptWindows: false }),
  row('allowPrivilegeEscalation', 'restricted', 25, allowPrivilegeEscalation, { exemptWindows: true }),
  row('capabilities_restricted', 'restricted', 22, capabilities, { ...restrictedCapabilities, exemptWindows: false }, [
    'capabilities_baseline',
  ]),
  row('capabilities_restricted', 'restricted', 25, capabilities, { ...restrictedCapabilities, exemptWindows: true }, [
    'capabilities_baseline',
  ]),
  row('procMount_restricted', 'restricted', 35, procMount, { exemptUserNamespaces: false }, ['procMount']),
  row('restrictedVolumes', 'restricted', 0, volumeTypes, { allowed: allowedVolumes }, ['hostPathVolumes']),
  row('runAsNonRoot', 'restricted', 0, runAsNonRoot, { exemptUserNamespaces: false }),
  row('runAsNonRoot', 'restricted', 35, runAsNonRoot, { exemptUserNamespaces: true }),
  row('runAsUser', 'restricted', 23, runAsUser, { exemptUserNamespaces: false }),
  row('runAsUser', 'restricted', 35, runAsUser, { exemptUserNamespaces: true }),
  row('seccompProfile_restricted', 'restricted', 19, seccomp, { required: true, exemptWindows: false }, ['seccompProfile_baseline']),
  row('seccompProfile_restricted', 'restricted', 25, seccomp, { required: true, exemptWindows: true }, ['seccompProfile_baseline']),
];

function row<P extends TSchema>(
  control: string,
  level: ControlVersion['level'],
  since: number,
  check: Check<P>,
  params: Static<P>,
  overrides: readonly string[] = [],
): ControlVersion {
  return { control, level, since, check, params, overrides };
}

/** The newest minor version that changed anything; `latest` and all that is newer are the same. */
export const newestMinor = Math.max(...podSecurity.map(({ since }) => since));

/** Every upstream check ID, in upstream's order of evaluation. */
export const controls: readonly string[] = [...new Set(podSecurity.map(({ control }) => control))];

/**
 * The controls in force at a level of a policy version, in upstream's order: baseline by ID, then restricted by ID.
 * @param minor minor version of the policy; anything newer than the newest row, and `Infinity` for latest, is the newest.
 */
export function podSecurityControls(level: Level, minor: number): readonly ControlVersion[] {
  if (level === 'privileged') return [];
  const active = podSecurity.filter((row) => row.since <= minor && !podSecurity.some((later) => supersedes(later, row, minor)));
  const baseline = active.filter((row) => row.level === 'baseline');
  if (level === 'baseline') return baseline;
  const restricted = active.filter((row) => row.level === 'restricted');
  const overridden = new Set(restricted.flatMap((row) => row.overrides ?? []));
  return [...baseline.filter((row) => !overridden.has(row.control)), ...restricted];
}

const supersedes = (later: ControlVersion, row: ControlVersion, minor: number): boolean =>
  later.control === row.control && later.since > row.since && later.since <= minor;

/** `latest` or `v1.N` without leading zeros, as Pod Security Admission reads it; null for anything else. */
export function parsePolicyVersion(version: string): number | null {
  if (version === 'latest') return Infinity;
  const match = /^v1\.(0|[1-9][0-9]{0,8})$/.exec(version);
  return match ? Number(match[1]) : null;
}

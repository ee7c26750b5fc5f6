import type { AnyCheck } from '../engine/check.ts';
import allowPrivilegeEscalation from './allow-privilege-escalation.ts';
import appArmor from './app-armor.ts';
import capabilities from './capabilities.ts';
import hostNamespaces from './host-namespaces.ts';
import hostPathVolumes from './host-path-volumes.ts';
import hostPorts from './host-ports.ts';
import hostProbes from './host-probes.ts';
import misplacedField from './misplaced-field.ts';
import privileged from './privileged.ts';
import procMount from './proc-mount.ts';
import runAsNonRoot from './run-as-non-root.ts';
import runAsUser from './run-as-user.ts';
import seccompAnnotations from './seccomp-annotations.ts';
import seccomp from './seccomp.ts';
import selinux from './selinux.ts';
import sysctls from './sysctls.ts';
import volumeTypes from './volume-types.ts';
import windowsHostProcess from './windows-host-process.ts';

/** Every built-in check by its id. A test holds this list against the folder, the tables and the docs. */
export const checks: ReadonlyMap<string, AnyCheck> = new Map(
  [
    allowPrivilegeEscalation,
    appArmor,
    capabilities,
    hostNamespaces,
    hostPathVolumes,
    hostPorts,
    hostProbes,
    misplacedField,
    privileged,
    procMount,
    runAsNonRoot,
    runAsUser,
    seccompAnnotations,
    seccomp,
    selinux,
    sysctls,
    volumeTypes,
    windowsHostProcess,
  ].map((check) => [check.id, check as AnyCheck]),
);

import type { Static, TSchema } from 'typebox';
import allowPrivilegeEscalation from '../../checks/allow-privilege-escalation.ts';
import appArmor from '../../checks/app-armor.ts';
import capabilities from '../../checks/capabilities.ts';
import hostNamespaces from '../../checks/host-namespaces.ts';
import hostPathVolumes from '../../checks/host-path-volumes.ts';
import hostPorts from '../../checks/host-ports.ts';
import hostProbes from '../../checks/host-probes.ts';
import privileged from '../../checks/privileged.ts';
import procMount from '../../checks/proc-mount.ts';
import runAsNonRoot from '../../checks/run-as-non-root.ts';
import runAsUser from '../../checks/run-as-user.ts';
import seccompAnnotations from '../../checks/seccomp-annotations.ts';
import seccomp from '../../checks/seccomp.ts';
import selinux from '../../checks/selinux.ts';
import sysctls from '../../checks/sysctls.ts';
import volumeTypes from '../../checks/volume-types.ts';
import windowsHostProcess from '../../checks/windows-host-process.ts';
import type { Check } from '../../engine/check.ts';
import { quoted, quotedList } from './cel-text.ts';

/** One thing that a check refuses, in the CEL of an admission policy. */
export interface Clause {
  /** Gives the names of all that is at fault, a list of strings. Sees `podVariables`. */
  readonly atFault: string;
  /** What is wrong with them and what to set, said after their names. */
  readonly message: string;
  /** Where one of these is true, the clause has nothing to say. */
  readonly unless: readonly string[];
}

/** What the check refuses under these params; null where CEL cannot say it. */
export function clausesOf(check: Pick<Check, 'id'>, params: unknown): readonly Clause[] | null {
  return rows.get(check.id)?.(params) ?? null;
}

/** Typed fields reach a policy decoded: null is absent, unknown fields are gone, a volume without a source is an emptyDir. */
const rows: ReadonlyMap<string, (params: unknown) => readonly Clause[]> = new Map([
  row(privileged, () => [clause(containers('c.?securityContext.?privileged.orValue(false) == true'), 'must not set privileged: true')]),
  row(allowPrivilegeEscalation, ({ exemptWindows }) => [
    clause(
      containers('c.?securityContext.?allowPrivilegeEscalation.orValue(true) != false'),
      'must set allowPrivilegeEscalation: false',
      onWindows(exemptWindows),
    ),
  ]),
  row(capabilities, ({ drop, add, exemptWindows }) => [
    ...(drop.length === 0
      ? []
      : [clause(containers(`!(${drops(drop)})`), `must set capabilities.drop: [${drop.join(', ')}]`, onWindows(exemptWindows))]),
    clause(
      containers(`c.?securityContext.?capabilities.?add.orValue([]).exists(a, ${notIn('a', add)})`),
      `must not add capabilities other than ${add.join(', ') || 'none'}`,
      onWindows(exemptWindows),
    ),
  ]),
  row(hostNamespaces, () => [
    clause(`['hostNetwork', 'hostPID', 'hostIPC'].filter(f, variables.spec[?f].orValue(false) == true)`, 'must not be true'),
  ]),
  row(hostPathVolumes, () => [clause(volumes('has(v.hostPath)'), 'must not mount a path of the node')]),
  row(hostPorts, ({ allowed }) => [
    clause(
      containers(`c.?ports.orValue([]).exists(p, !(p.?hostPort.orValue(0) in [${[0, ...allowed].join(', ')}]))`),
      allowed.length === 0 ? 'must not set hostPort' : `must not set a hostPort other than ${allowed.join(', ')}`,
    ),
  ]),
  row(hostProbes, () => [
    clause(
      containers(`[${handlers.join(', ')}].exists(h, h.?httpGet.?host.orValue('') != '' || h.?tcpSocket.?host.orValue('') != '')`),
      'must not set the host of a probe or a lifecycle hook',
    ),
  ]),
  row(procMount, ({ exemptUserNamespaces }) => [
    clause(
      containers(`c.?securityContext.?procMount.orValue('Default') != 'Default'`),
      'must not set procMount',
      inUserNamespace(exemptUserNamespaces),
    ),
  ]),
  row(runAsNonRoot, ({ exemptUserNamespaces }) => [
    clause(
      // A container that inherits false is not named beside its pod.
      `${holders('h.context.?runAsNonRoot.orValue(true) == false')} + ` +
        containers('!variables.podContext.?runAsNonRoot.hasValue() && !c.?securityContext.?runAsNonRoot.hasValue()'),
      'must set runAsNonRoot: true',
      inUserNamespace(exemptUserNamespaces),
    ),
  ]),
  row(runAsUser, ({ exemptUserNamespaces }) => [
    clause(holders('h.context.?runAsUser.orValue(1) == 0'), 'must not set runAsUser: 0', inUserNamespace(exemptUserNamespaces)),
  ]),
  row(seccompAnnotations, () => [
    clause(
      `(['seccomp.security.alpha.kubernetes.io/pod'] + ` +
        `variables.containers.map(c, 'container.seccomp.security.alpha.kubernetes.io/' + c.name)).filter(k, k in variables.annotations && ` +
        `${profileIsNot(`variables.annotations[k]`, ['runtime/default', 'docker/default'])})`,
      'must be runtime/default',
    ),
  ]),
  row(seccomp, ({ required, exemptWindows }) => {
    const bad = holders('h.context.?seccompProfile.hasValue() && ' + typeIsNot('h.context.seccompProfile'));
    const unset = containers('!variables.podContext.?seccompProfile.hasValue() && !c.?securityContext.?seccompProfile.hasValue()');
    return [
      clause(
        required ? `${bad} + ${unset}` : bad,
        `${required ? 'must' : 'may only'} set seccompProfile.type: RuntimeDefault or Localhost`,
        onWindows(exemptWindows),
      ),
    ];
  }),
  row(selinux, ({ types }) => [
    clause(
      holders(
        `${notIn(`h.context.?seLinuxOptions.?type.orValue('')`, ['', ...types])} || ` +
          `h.context.?seLinuxOptions.?user.orValue('') != '' || h.context.?seLinuxOptions.?role.orValue('') != ''`,
      ),
      `must not set seLinuxOptions user or role, nor a type other than ${types.join(', ') || 'none'}`,
    ),
  ]),
  row(sysctls, ({ allowed }) => [
    clause(
      `variables.podContext.?sysctls.orValue([]).filter(s, ${notIn('s.name', allowed)}).map(s, 'sysctl "' + s.name + '"')`,
      'must not be set',
    ),
  ]),
  row(volumeTypes, ({ allowed }) => [
    clause(volumes(`!${quotedList(allowed)}.exists(t, t in v)`), `must be one of ${allowed.join(', ') || 'none'}`),
  ]),
  row(windowsHostProcess, () => [
    clause(holders('h.context.?windowsOptions.?hostProcess.orValue(false) == true'), 'must not set windowsOptions.hostProcess: true'),
  ]),
  row(appArmor, () => [
    clause(
      holders('h.context.?appArmorProfile.hasValue() && ' + typeIsNot('h.context.appArmorProfile')),
      'may only set appArmorProfile.type: RuntimeDefault or Localhost',
    ),
    clause(
      `variables.annotations.filter(k, k.startsWith('container.apparmor.security.beta.kubernetes.io/') && ` +
        `${profileIsNot('variables.annotations[k]', ['', 'runtime/default'])})`,
      'must be runtime/default or absent',
    ),
  ]),
]);

function row<P extends TSchema>(
  { id }: Check<P>,
  say: (params: Static<P>) => readonly Clause[],
): [id: string, (params: unknown) => readonly Clause[]] {
  // Params were validated against the schema of the check, whose type the table hides.
  return [id, (params) => say(params as Static<P>)];
}

const clause = (atFault: string, message: string, unless: readonly string[] = []): Clause => ({ atFault, message, unless });

const containers = (fault: string): string => `variables.containers.filter(c, ${fault}).map(c, 'container "' + c.name + '"')`;
const holders = (fault: string): string => `variables.holders.filter(h, ${fault}).map(h, h.who)`;
const volumes = (fault: string): string => `variables.volumes.filter(v, ${fault}).map(v, 'volume "' + v.name + '"')`;

const onWindows = (exempt: boolean): string[] => (exempt ? ['variables.windows'] : []);
const inUserNamespace = (exempt: boolean): string[] => (exempt ? ['variables.userNamespace'] : []);

const notIn = (value: string, allowed: readonly string[]): string => `!(${value} in ${quotedList(allowed)})`;
const typeIsNot = (profile: string): string => notIn(`${profile}.?type.orValue('')`, ['RuntimeDefault', 'Localhost']);
const profileIsNot = (value: string, allowed: readonly string[]): string =>
  `!(${value} in ${quotedList(allowed)} || ${value}.startsWith('localhost/'))`;

const handlers = ['c.?livenessProbe', 'c.?readinessProbe', 'c.?startupProbe', 'c.?lifecycle.?postStart', 'c.?lifecycle.?preStop'];

/** Whether the container drops these capabilities; ALL stands for each. */
function drops(wanted: readonly string[]): string {
  const dropped = 'c.?securityContext.?capabilities.?drop.orValue([])';
  const all = `${quoted('ALL')} in ${dropped}`;
  const others = wanted.filter((capability) => capability !== 'ALL');
  return others.length < wanted.length ? all : `${all} || ${quotedList(others)}.all(d, d in ${dropped})`;
}

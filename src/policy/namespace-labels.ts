import type { Labels } from '../kube/selector.ts';
import type { Level } from '../standards/pod-security.ts';
import { levels, parsePolicyVersion } from '../standards/pod-security.ts';

export interface LevelVersion {
  readonly level: Level;
  /** As written: `latest` or `v1.N`. */
  readonly version: string;
}

/** What the labels of a namespace ask for. */
export interface LabelPolicy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
  /** Labels that cannot be read, in the order in which they are processed. */
  readonly faults: readonly LabelFault[];
}

export interface LabelFault {
  readonly key: string;
  readonly value: string;
  readonly message: string;
}

const prefix = 'pod-security.kubernetes.io/';
const unset: LevelVersion = { level: 'privileged', version: 'latest' };

/** The policy of a namespace, as Pod Security Admission reads it: what enforces fails closed, what only tells fails open. */
export function policyOfLabels(labels: Labels): LabelPolicy {
  const faults: LabelFault[] = [];
  const enforce = read('enforce', 'restricted');
  const audit = read('audit', 'privileged');
  const warn = read('warn', 'privileged');
  return { enforce, audit, warn: implied(warn, enforce, labels), faults };

  function read(mode: string, invalid: Level): LevelVersion {
    return { level: levelOf(mode, invalid), version: versionOf(`${mode}-version`) };
  }

  function levelOf(name: string, invalid: Level): Level {
    const value = label(labels, name);
    if (value === undefined) return unset.level;
    const level = levels.find((known) => known === value);
    if (level === undefined) faults.push({ key: prefix + name, value, message: 'must be one of privileged, baseline, restricted' });
    return level ?? invalid;
  }

  function versionOf(name: string): string {
    const value = label(labels, name);
    if (value === undefined || parsePolicyVersion(value) !== null) return value ?? unset.version;
    faults.push({ key: prefix + name, value, message: 'must be "latest" or "v1.x"' });
    return 'latest';
  }
}

/** Without a word on warnings, what will be refused is warned about: of workloads nothing else is ever said. */
function implied(warn: LevelVersion, enforce: LevelVersion, labels: Labels): LevelVersion {
  const written = label(labels, 'enforce');
  if (label(labels, 'warn') !== undefined || !levels.some((level) => level === written)) return warn;
  if (strictness(enforce) <= strictness(warn)) return warn;
  return { level: enforce.level, version: label(labels, 'warn-version') === undefined ? enforce.version : warn.version };
}

export const strictness = ({ level }: LevelVersion): number => levels.indexOf(level);

export const isPrivileged = ({ enforce, audit, warn }: LabelPolicy): boolean =>
  [enforce, audit, warn].every(({ level }) => level === 'privileged');

const label = (labels: Labels, name: string): string | undefined =>
  Object.hasOwn(labels, prefix + name) ? labels[prefix + name] : undefined;

/** `the label pod-security.kubernetes.io/enforce says restricted:v1.30`: why a mode is in force. */
export const labelReason = (mode: keyof Omit<LabelPolicy, 'faults'>, { level, version }: LevelVersion): string =>
  `${level}:${version} by the label ${prefix}${mode}`;

/** What of a policy on an exempt namespace will not hold: modes that are labelled and not privileged; `''` where nothing is lost. */
export function exemptWarning(name: string, labels: Labels, policy: LabelPolicy): string {
  if (isPrivileged(policy)) return '';
  const lost = (['enforce', 'audit', 'warn'] as const).flatMap((mode) => {
    const { level, version } = policy[mode];
    const labelled = label(labels, mode) !== undefined || label(labels, `${mode}-version`) !== undefined;
    return level !== 'privileged' && labelled ? [`${mode}=${level}:${version}`] : [];
  });
  return `namespace "${name}" is exempt from Pod Security, and the policy (${lost.join(', ')}) will be ignored`;
}

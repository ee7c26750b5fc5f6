import type { ExceptionDocument } from '../api/guardrail-exception.ts';
import type { Finding } from '../engine/finding.ts';
import type { Subject } from '../engine/subject.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Container, Pod } from '../kube/pod.ts';
import { containerAt, isUnreadable } from '../kube/pod.ts';
import type { Unreadable } from '../kube/pod-shape.ts';
import type { Labels } from '../kube/selector.ts';
import { labelsOf } from '../kube/selector.ts';
import { parseTime } from '../kube/time.ts';
import { matchesGlob } from './glob.ts';
import { compileImagePattern } from './image-pattern.ts';

export const DAY_MS = 24 * 60 * 60 * 1000;
/** The longest that an exception may hold where nobody says otherwise. */
export const MAX_LIFETIME_DAYS = 90;
/** Uses in the last days before the end warn. */
const LAST_DAYS = 7;

/** A granted, expiring waiver, ready to be asked. */
export interface Exception {
  /** `NAMESPACE/NAME`. */
  readonly id: string;
  readonly namespace: string;
  readonly guardrail: string;
  /** Milliseconds since the epoch: what it says, or the longest that it may hold since it was made. */
  readonly expires: number;
  /** The one name that it holds for; null where it says none, or a pattern. */
  readonly name: string | null;
  /** Whether the object is one that is excused. */
  readonly matches: (subject: Subject) => boolean;
  /** Whether it excuses what is wrong here, in an object that matches. */
  readonly excuses: (finding: Finding, pods: readonly (Pod | Unreadable)[]) => boolean;
}

/**
 * @param document one in which `exceptionFaults` finds nothing.
 * @param maxLifetime in milliseconds; it holds even for one that was stored while nobody looked.
 */
export function compileException({ metadata, spec }: ExceptionDocument, maxLifetime: number): Exception {
  const rules = spec.allRules ? null : new Set(spec.rules);
  const inContainer = compileContainer(spec.match);
  return {
    id: `${metadata.namespace}/${metadata.name}`,
    namespace: metadata.namespace,
    guardrail: spec.guardrail,
    expires: expiry(metadata, spec.expiresAt, maxLifetime),
    name: spec.match.name?.includes('*') === false ? spec.match.name : null,
    matches: compileObject(spec.match),
    excuses(finding, pods) {
      if (rules !== null && !rules.has(finding.rule)) return false;
      return inContainer(containerOf(finding, pods));
    },
  };
}

/** Whether a use of it should be told, since it ends soon. */
export const endsSoon = ({ expires }: Exception, now: number): boolean => expires - now <= LAST_DAYS * DAY_MS;

function expiry(metadata: object, expiresAt: string, maxLifetime: number): number {
  const said = parseTime(expiresAt) ?? -Infinity;
  const created = creationTime(metadata);
  return created === null ? said : Math.min(said, created + maxLifetime);
}

/** When the API server stored the object; null for one that comes from a file. */
export function creationTime(metadata: object): number | null {
  const { creationTimestamp } = metadata as { creationTimestamp?: unknown };
  return typeof creationTimestamp === 'string' ? parseTime(creationTimestamp) : null;
}

type MatchDocument = ExceptionDocument['spec']['match'];

function compileObject({ name, labels }: MatchDocument): (subject: Subject) => boolean {
  const wanted = Object.entries(labels ?? {});
  return (subject) => {
    const { object } = subject;
    if (name !== undefined && !matchesGlob(name, excusedName(subject))) return false;
    if (wanted.length === 0) return true;
    const found: Labels = labelsOf(object) ?? {};
    return wanted.every(([key, value]) => Object.hasOwn(found, key) && found[key] === value);
  };
}

/** The name by which an object is excused: what the API server makes of generateName is not known yet. */
export const excusedName = ({ object, name }: Pick<Subject, 'object' | 'name'>): string => name || generateName(object);

/** Where containers or images are named, only what is wrong inside such a container; of ephemeral ones only inside one that is named. */
function compileContainer({ containers, images }: MatchDocument): (container: Container | null) => boolean {
  const matchers = images?.map(compileImagePattern);
  return (container) => {
    if (container === null) return containers === undefined && images === undefined;
    if (containers === undefined ? container.list === 'ephemeralContainers' : !named(containers, container)) return false;
    return matchers === undefined || matchers.some((matches) => matches(container.spec.image ?? ''));
  };
}

const named = (containers: readonly string[], { name }: Container): boolean => containers.some((pattern) => matchesGlob(pattern, name));

function containerOf({ path }: Finding, pods: readonly (Pod | Unreadable)[]): Container | null {
  for (const pod of pods) {
    const container = isUnreadable(pod) ? null : containerAt(pod, path);
    if (container !== null) return container;
  }
  return null;
}

function generateName(object: Json): string {
  const metadata = isObject(object) ? object['metadata'] : null;
  const prefix = isObject(metadata) ? metadata['generateName'] : null;
  return typeof prefix === 'string' ? prefix : '';
}

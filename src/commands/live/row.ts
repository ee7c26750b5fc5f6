import { readPods } from '../../engine/evaluate.ts';
import type { Finding, Verdict } from '../../engine/finding.ts';
import type { Subject } from '../../engine/subject.ts';
import { isObject } from '../../kube/json.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { namedPath } from '../../kube/named-path.ts';
import type { Container } from '../../kube/pod.ts';
import { containerAt, isUnreadable } from '../../kube/pod.ts';
import type { Labels } from '../../kube/selector.ts';
import { labelsOf } from '../../kube/selector.ts';
import { isBuiltIn, workloadOfResource } from '../../kube/workload.ts';
import { matchesGlob } from '../../policy/glob.ts';

/** A topmost object and all that is made of it, as one: findings of its pods that it has itself are not repeated. */
export interface Row<F extends Finding = Finding> {
  readonly source: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** What an exception has to name to mean the object, or the pods that are made of it. */
  readonly targets: Target[];
  readonly findings: RowFinding<F>[];
  verdict: Verdict['verdict'];
  /** Pods that were seen of it. */
  pods: number;
}

export interface Target {
  readonly name: string;
  readonly labels: Labels | null;
}

export interface RowFinding<F extends Finding = Finding> {
  readonly finding: F;
  /** Path inside the pod, with names in the place of indexes: the same in a template and in a pod made from it. */
  readonly inPod: string;
  /** The container that it lies in; null for the pod itself. */
  readonly container: { readonly name: string; readonly ephemeral: boolean } | null;
}

export interface Judged<F extends Finding = Finding> {
  readonly verdict: Verdict['verdict'];
  readonly findings: readonly F[];
}

/** The row of an object that nothing listed owns. */
export function rowOf<F extends Finding>(subject: Subject, judged: Judged<F>, source: string): Row<F> {
  const { gvk, namespace, name } = subject;
  return {
    source,
    apiVersion: apiVersionOf(gvk),
    kind: gvk.kind,
    namespace,
    name,
    labels: labelsOf(subject.object) ?? {},
    targets: targetsOf(subject),
    findings: placed(subject, judged.findings),
    verdict: judged.verdict,
    pods: isPod(subject) ? 1 : 0,
  };
}

/** Adds a pod to what it was made of. What only the pod shows (a container that something injected) is told as found there. */
export function addPod<F extends Finding>(row: Row<F>, subject: Subject, judged: Judged<F>): void {
  row.pods += 1;
  row.verdict = strictest(row.verdict, judged.verdict);
  const found = placed(subject, judged.findings);
  for (const entry of found) addFinding(row.findings, entry, subject.name);
  if (found.length > 0 && !row.targets.some((target) => means(target, subject))) row.targets.push(...targetsOf(subject));
}

/** By namespace, kind and name. */
export const byPlace = (a: Row, b: Row): number => compare(a.namespace, b.namespace) || compare(a.kind, b.kind) || compare(a.name, b.name);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export const isPod = ({ resource }: Subject): boolean => resource.group === '' && resource.resource === 'pods';

export const apiVersionOf = ({ group, version }: Subject['gvk']): string => (group === '' ? version : `${group}/${version}`);

function addFinding<F extends Finding>(findings: RowFinding<F>[], entry: RowFinding<F>, pod: string): void {
  const { finding, inPod } = entry;
  const at = findings.findIndex((known) => known.inPod === inPod && sameRule(known.finding, finding));
  const known = findings[at];
  // An exception may mean the workload and not its pods, which are refused then.
  if (known !== undefined && (known.finding.state === finding.state || finding.state !== 'active')) return;
  const told = { ...entry, finding: { ...finding, message: `${finding.message}; found in its pod ${pod}` } };
  if (known === undefined) findings.push(told);
  else findings[at] = told;
}

const sameRule = (a: Finding, b: Finding): boolean => a.guardrail === b.guardrail && a.rule === b.rule;

const verdicts: readonly Verdict['verdict'][] = ['skip', 'allow', 'warn', 'deny'];

const strictest = (a: Verdict['verdict'], b: Verdict['verdict']): Verdict['verdict'] => (verdicts.indexOf(a) > verdicts.indexOf(b) ? a : b);

function placed<F extends Finding>(subject: Subject, findings: readonly F[]): RowFinding<F>[] {
  if (findings.length === 0) return [];
  const pods = readPods(subject);
  return findings.map((finding) => ({ finding, inPod: pathInPod(subject, finding.path), container: containerIn(pods, finding.path) }));
}

function pathInPod({ pods, object }: Subject, path: string): string {
  for (const source of pods) {
    if ('expected' in source) continue;
    const pod: JsonObject = { metadata: source.metadata ?? null, spec: source.spec ?? null };
    const own = within(path, source.path, 'spec') ?? within(path, source.metadataPath, 'metadata');
    if (own !== null) return namedPath(pod, own);
  }
  return namedPath(object, path);
}

const within = (path: string, parent: string, root: string): string | null =>
  path.startsWith(parent) && !/^\w/.test(path.slice(parent.length)) ? root + path.slice(parent.length) : null;

function containerIn(pods: ReturnType<typeof readPods>, path: string): RowFinding['container'] {
  const found = pods.reduce<Container | null>((known, pod) => known ?? (isUnreadable(pod) ? null : containerAt(pod, path)), null);
  return found && { name: found.name, ephemeral: found.list === 'ephemeralContainers' };
}

/** Of a workload, itself by its name, and its pods by what their names begin with and the labels that they all carry. */
function targetsOf(subject: Subject): Target[] {
  const { name, object } = subject;
  const prefix = generateName(object);
  if (isPod(subject)) return [{ name: prefix === '' ? named(name) : `${prefix}*`, labels: prefix === '' ? null : stableLabels(object) }];
  // Kubernetes cuts the names of pods to 63 characters, and what it adds takes up to 20.
  const pods = name.length > MAX_PREFIX ? `${name.slice(0, MAX_PREFIX)}*` : `${name}-*`;
  const holdsPods = workloadOfResource(subject.resource.group, subject.resource.resource) !== undefined;
  return [{ name: named(name), labels: null }, ...(holdsPods ? [{ name: pods, labels: templateLabels(subject) }] : [])];
}

const MAX_PREFIX = 43;

/** Under generateName, a file gives only the beginning. */
const named = (name: string): string => (name.endsWith('-') ? `${name}*` : name);

/** Labels that every pod of the workload carries, also when it is made anew; null where none is known. */
function templateLabels({ object, pods, resource }: Subject): Labels | null {
  const workload = workloadOfResource(resource.group, resource.resource);
  const spec = isObject(object) && isObject(object['spec']) ? object['spec'] : {};
  const selector = workload !== undefined && isBuiltIn(workload) && isObject(spec['selector']) ? spec['selector']['matchLabels'] : null;
  const selected = stableLabels({ metadata: { labels: selector ?? null } });
  if (selected !== null) return selected;
  const [first = {}, ...rest] = pods.map((pod) => ('expected' in pod ? {} : (stableLabels({ metadata: pod.metadata ?? null }) ?? {})));
  return orNull(Object.entries(first).filter(([key, value]) => rest.every((labels) => labels[key] === value)));
}

/** Those that the next pod of the same owner carries as well. */
function stableLabels(object: Json): Labels | null {
  return orNull(Object.entries(labelsOf(object) ?? {}).filter(([key]) => !changing.test(key)));
}

/** Keys of labels that controllers give to one pod, or to the pods of one revision. */
const changing =
  /^(?:pod-template-hash|pod-template-generation|controller-revision-hash|(?:batch\.kubernetes\.io\/)?(?:controller-uid|job-name|job-completion-index)|(?:statefulset|apps)\.kubernetes\.io\/pod-(?:name|index))$/;

const orNull = (entries: readonly (readonly [string, string])[]): Labels | null =>
  entries.length === 0 ? null : Object.fromEntries(entries);

function means({ name, labels }: Target, subject: Subject): boolean {
  const found = labelsOf(subject.object) ?? {};
  return matchesGlob(name, subject.name) && Object.entries(labels ?? {}).every(([key, value]) => found[key] === value);
}

function generateName(object: Json): string {
  const metadata = isObject(object) ? object['metadata'] : null;
  const prefix = isObject(metadata) ? metadata['generateName'] : null;
  return typeof prefix === 'string' ? prefix : '';
}

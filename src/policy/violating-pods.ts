import type { Rule } from '../engine/evaluate.ts';
import { evaluate } from '../engine/evaluate.ts';
import type { ExistingPods } from '../engine/facts.ts';
import type { Finding } from '../engine/finding.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { readPod } from '../kube/pod.ts';
import type { LevelVersion } from './namespace-labels.ts';

/** No more pods than this are judged when labels change, as upstream has it. */
const MAX_PODS = 3000;

export interface Tightened {
  readonly namespace: string;
  readonly enforce: LevelVersion;
  readonly exemptRuntimeClasses: readonly string[];
}

/** Warnings that name the pods which break what a namespace enforces from now on, one line for pods that break the same controls. */
export function violatingPods(
  { items, late }: ExistingPods,
  rules: readonly Rule[],
  { namespace, enforce, exemptRuntimeClasses }: Tightened,
): string[] {
  const pods = ordered(items.filter((pod) => !exemptRuntimeClasses.includes(textAt(pod, 'spec', 'runtimeClassName'))));
  const names = new Map<string, string[]>();
  let checked = 0;
  for (const pod of pods.slice(0, MAX_PODS)) {
    const broken = controlsBroken(pod, rules);
    if (broken !== '') names.set(broken, [...(names.get(broken) ?? []), textAt(pod, 'metadata', 'name')]);
    checked++;
    if (late()) break;
  }
  const level = `${enforce.level}:${enforce.version}`;
  return [
    ...(checked < pods.length
      ? [`new PodSecurity enforce level only checked against the first ${checked} of ${pods.length} existing pods`]
      : []),
    ...(names.size > 0 ? [`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${level}"`] : []),
    ...[...names].map(([broken, found]) => line(broken, found)).toSorted(),
  ];
}

function controlsBroken(pod: Json, rules: readonly Rule[]): string {
  const { metadata, spec } = isObject(pod) ? pod : {};
  const findings: Finding[] = [];
  evaluate(rules, readPod({ path: 'spec', metadataPath: 'metadata', metadata, spec }), findings);
  return [...new Set(findings.map(({ control, check }) => control ?? check))].join(', ');
}

function line(broken: string, names: readonly string[]): string {
  const first = names.toSorted()[0] ?? '';
  const others = names.length - 1;
  const rest = others === 0 ? '' : ` (and ${others} other ${others === 1 ? 'pod' : 'pods'})`;
  return `${first}${rest}: ${broken}`;
}

/** First one pod of each controller, and those that have none: their siblings break the same. */
function ordered(pods: readonly Json[]): Json[] {
  const seen = new Set<string>();
  const siblings: Json[] = [];
  const first = pods.filter((pod) => {
    const controller = controllerOf(pod);
    if (controller === '' || !seen.has(controller)) return seen.add(controller);
    siblings.push(pod);
    return false;
  });
  return [...first, ...siblings];
}

function controllerOf(pod: Json): string {
  const metadata = isObject(pod) ? pod['metadata'] : null;
  const owners = isObject(metadata) ? metadata['ownerReferences'] : null;
  const controller = Array.isArray(owners) ? owners.find((owner) => isObject(owner) && owner['controller'] === true) : null;
  const uid = isObject(controller) ? controller['uid'] : null;
  return typeof uid === 'string' ? uid : '';
}

function textAt(object: Json, part: string, key: string): string {
  const holder = isObject(object) ? object[part] : null;
  const value = isObject(holder) ? holder[key] : null;
  return typeof value === 'string' ? value : '';
}

import type { CelDocument } from '../api/cel-rule.ts';
import type { GuardrailDocument } from '../api/guardrail.ts';
import { parse } from '../cel/parser.ts';
import type { Read } from '../cel/reads.ts';
import { reads } from '../cel/reads.ts';
import { workloads } from '../kube/workload.ts';
import { compileMatch } from './match.ts';
import type { Fault } from './schema-faults.ts';

/** Rules in CEL that read a pod where only a Pod has it, while other workloads are judged too: their pods would not be looked at. */
export function celWarnings({ rules, match }: GuardrailDocument['spec']): Fault[] {
  if (!rules.some(({ cel }) => cel) || !judgesTemplates(match) || (match?.conditions ?? []).some(({ expression }) => asksKind(expression)))
    return [];
  return rules.flatMap(({ cel }, index) => (cel ? podOnly(cel, `spec.rules[${index}].cel.expression`) : []));
}

function judgesTemplates(match: GuardrailDocument['spec']['match']): boolean {
  const { covers } = compileMatch(match);
  return workloads.some(
    ({ kind, group, resource }) =>
      kind !== 'Pod' && covers({ group, version: 'v1', resource, subresource: '', operation: 'CREATE', namespaced: true }, null),
  );
}

function podOnly({ expression, variables = [], over = 'object' }: CelDocument, path: string): Fault[] {
  const texts = [expression, ...variables.map((variable) => variable.expression)];
  if (texts.some(asksKind)) return [];
  const read = texts.flatMap(readsOf).find(isOfPod);
  if (read === undefined) return [];
  const [, field = ''] = read.fields;
  const advice = over === 'object' ? 'over: pods asks of every pod and pod template, as pod' : `over: ${over} has it`;
  const message = `${read.root}.spec.${field} is there in a Pod only, and other workloads are judged too; ${advice}: pod.spec.${field}`;
  return [{ path, message }];
}

/** Whoever asks what kind it is, or where else the pod may be, has thought of it. */
const asksKind = (text: string): boolean => readsOf(text).some(isKind);

const isKind = ({ root, fields: [first = '', second = ''] }: Read): boolean =>
  (root === 'object' && (first === 'kind' || (first === 'spec' && (second === 'template' || second === 'jobTemplate')))) ||
  (root === 'request' && kindsOfRequest.has(first));

const kindsOfRequest = new Set(['kind', 'resource', 'requestKind', 'requestResource', 'subResource']);

const isOfPod = ({ root, fields: [first, second = ''] }: Read): boolean =>
  (root === 'object' || root === 'oldObject') && first === 'spec' && podFields.has(second);

/** Fields of a pod's spec that no workload has beside its template. */
const podFields = new Set([
  'containers', 'initContainers', 'ephemeralContainers', 'volumes', 'hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'hostAliases', 'hostname',
  'securityContext', 'serviceAccountName', 'serviceAccount', 'automountServiceAccountToken', 'nodeSelector', 'nodeName', 'tolerations', 'affinity',
  'priorityClassName', 'runtimeClassName', 'schedulerName', 'imagePullSecrets', 'dnsPolicy', 'dnsConfig', 'restartPolicy', 'shareProcessNamespace',
  'topologySpreadConstraints', 'terminationGracePeriodSeconds', 'enableServiceLinks', 'readinessGates', 'resourceClaims', 'os',
]); // prettier-ignore

function readsOf(text: string): Read[] {
  const parsed = parse(text);
  return parsed.ok ? reads(parsed.expr) : [];
}

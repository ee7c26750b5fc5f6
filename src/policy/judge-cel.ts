import type { Read } from '../cel/reads.ts';
import { LazyVariables } from '../cel/lazy-variables.ts';
import { Meter } from '../cel/meter.ts';
import type { Bindings, Program } from '../cel/program.ts';
import { toJson } from '../cel/to-json.ts';
import type { Value } from '../cel/value.ts';
import { isError } from '../cel/value.ts';
import type { Cure, Finding } from '../engine/finding.ts';
import { canonical } from '../kube/canonical.ts';
import { formatPath, parsePath } from '../kube/field-path.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import type { Container, Pod } from '../kube/pod.ts';
import { isUnreadable } from '../kube/pod.ts';
import type { Unreadable } from '../kube/pod-shape.ts';
import type { Case } from './case.ts';
import type { CelRule } from './cel-rule.ts';
import { isSecret } from './redact-secret.ts';
import { freshContainers } from './ratchet.ts';
import type { Steps } from './steps.ts';
import { bindingsFor } from './upstream/bindings.ts';
import type { Decision } from './upstream/evaluate.ts';
import { evaluationOf, redacted } from './upstream/evaluate.ts';
import type { RuleProgram } from './upstream/program.ts';

/** Cost that one cure may have, in cel-go's units. */
const CURE_LIMIT = 1_000_000;

/** Check id of what a rule in CEL finds. */
export const CEL_CHECK = 'cel';

/**
 * What rules in CEL find, an expression a step.
 * @param pods those that the guardrail judges, now and before.
 * @param ratchet whether an update is forgiven what the object had before: what a rule reads is the same, and it said the same.
 */
export function* judgeCel(rules: readonly CelRule[], given: Case, pods: Pods, ratchet: boolean): Steps<Finding[]> {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const found: Found[] = [];
    for (const target of targetsOf(rule, given.subject.object, pods.now)) found.push(...(yield* judgeTarget(rule, given, target)));
    if (!ratchet || found.length === 0 || rule.reads === null) findings.push(...found.map(({ finding }) => finding));
    else findings.push(...(yield* ratcheted(rule, rule.reads, given, pods, found)));
  }
  return findings;
}

export interface Pods {
  readonly now: Case['pods'];
  readonly before: Case['pods'];
}

/** What one evaluation is asked of: the object, a pod in it, or a container. */
interface Target {
  readonly object: Json;
  /** Field path of the object, the pod or the container. */
  readonly path: string;
  /** Tells it from the others, whatever their order is. */
  readonly place: string;
  readonly pod: Pod | null;
  readonly container: Container | null;
  /** Why there is no pod where one should be. */
  readonly unreadable?: Unreadable;
}

interface Found {
  readonly finding: Finding;
  readonly target: Target;
}

function targetsOf({ over }: CelRule, object: Json, pods: Case['pods']): Target[] {
  if (over === 'object') return [{ object, path: '', place: '', pod: null, container: null }];
  return pods.flatMap((pod): Target[] => {
    if (isUnreadable(pod)) return [{ object, path: pod.path, place: pod.path, pod: null, container: null, unreadable: pod }];
    const path = templatePath(pod);
    if (over === 'pods') return [{ object, path, place: path, pod, container: null }];
    return pod.containers.map((container) => {
      const place = JSON.stringify([path, container.list, container.name]);
      return { object, path: container.path, place, pod, container };
    });
  });
}

/** Of what holds the pod's metadata and spec: `''` of a Pod. */
const templatePath = ({ path }: Pod): string => path.slice(0, -'.spec'.length);

/** @param held which object of the request is asked about. */
function* judgeTarget(rule: CelRule, given: Case, target: Target, held: 'object' | 'oldObject' = 'object'): Steps<Found[]> {
  const { unreadable } = target;
  if (unreadable) return [{ target, finding: failedRule(rule, target, `${unreadable.expected} is expected here, not ${unreadable.got}`) }];
  if (target.container !== null && target.pod !== null && rule.excuses?.(target.pod, target.container.path)) return [];
  const bindings = bindingsOf(rule, given, target, held);
  if (bindings === null) return [{ target, finding: failedRule(rule, target, `the params ${paramsName(rule)} are not there`) }];
  const { decisions } = yield* evaluationOf(rule.program, { bindings, failurePolicy: 'Fail' });
  return decisions.map((decision) => ({ target, finding: findingOf(rule, target, decision, bindings, readsSecret(rule, given.subject)) }));
}

function bindingsOf(rule: CelRule, given: Case, { path, pod, container }: Target, held: 'object' | 'oldObject'): Bindings | null {
  const params = paramsOf(rule, given);
  if (params === null) return null;
  // A file is judged as the API server will send it.
  const bindings = bindingsFor(given, params, rule.program.readsNamespace, true);
  const object = bindings[held] ?? null;
  const exact = { ...bindings, object };
  if (pod === null) return exact;
  const template = withMetadata(valueAt(object, templatePath(pod)) ?? null);
  return container === null ? { ...exact, pod: template } : { ...exact, pod: template, container: valueAt(object, path) ?? null };
}

/** The API server writes out the metadata of every template. */
const withMetadata = (template: Value): Value =>
  isObject(template) && !isObject(template['metadata']) ? { ...template, metadata: {} } : template;

/** Undefined where the rule has none, null where they are not there. */
function paramsOf({ params }: CelRule, given: Case): Json | undefined | null {
  if (!params) return undefined;
  const { apiVersion, kind, name, scope = 'Namespaced' } = params;
  const namespace = scope === 'Cluster' ? '' : (params.namespace ?? given.namespace);
  // An object of the cluster has no namespace to look in.
  if (scope === 'Namespaced' && namespace === '') return null;
  const source = { apiVersion, kind, name, namespace, selector: null };
  const found = given.facts.params?.(source);
  if (found === undefined) given.wants.push({ kind: 'params', source });
  return found?.[0] ?? null;
}

const paramsName = ({ params }: CelRule): string =>
  `${params?.kind ?? ''} ${params?.namespace ? `${params.namespace}/` : ''}${params?.name ?? ''}`;

function findingOf(rule: CelRule, target: Target, decision: Decision, bindings: Bindings, hidesValues: boolean): Finding {
  if (decision.kind !== 'violation') return failedRule(rule, target, hidesValues ? ERROR_ON_SECRET : decision.message);
  const path = placeOf(rule, target, decision.path);
  return { ...common(rule), severity: rule.severity, message: decision.message, path, cure: cureFor(rule, bindings, hidesValues) };
}

/** Conversions quote what they could not convert. */
const ERROR_ON_SECRET = 'an expression fails, and what it says may hold values of the Secret';

const readsSecret = ({ params }: CelRule, { object, oldObject }: Case['subject']): boolean =>
  params?.kind === 'Secret' || [object, oldObject].some(isSecret);

const placeOf = ({ field, over }: CelRule, { path }: Target, judged: string): string =>
  field === null ? (over === 'object' ? judged : path) : formatPath([...parsePath(path), ...parsePath(field)]);

const failedRule = (rule: CelRule, { path }: Target, message: string): Finding => ({
  ...common(rule),
  mode: rule.failureMode,
  severity: 'critical',
  message: `this rule cannot be evaluated here: ${message}`,
  path,
  cure: null,
});

function common({ guardrail, name, mode, because }: CelRule) {
  const reason = 'FieldValueInvalid' as const;
  return {
    guardrail,
    rule: name,
    check: CEL_CHECK,
    control: null,
    mode,
    ...(because !== undefined && { because }),
    state: 'active' as const,
    reason,
  };
}

function cureFor({ cure, program }: CelRule, bindings: Bindings, hidesValues: boolean): Cure | null {
  if (cure === null) return null;
  const { edit } = cure;
  if (!('program' in edit)) return { ...edit, class: cure.class };
  const set = made(edit.program, program, bindings);
  // A cure is shown wherever the finding is.
  const told = hidesValues ? made(edit.program, program, redacted(bindings)) : set;
  return set === undefined || canonical(told) !== canonical(set) ? null : { set, class: cure.class };
}

function made(expression: Program, { variables }: RuleProgram, bindings: Bindings): Json | undefined {
  const seen = new LazyVariables(variables, bindings, () => new Meter(CURE_LIMIT), free);
  const value = expression.evaluate(seen.bindings, new Meter(CURE_LIMIT));
  return isError(value) ? undefined : toJson(value);
}

const free = (): void => undefined;

/** What the rule said of the same place before, reading the same, is tolerated as often as it said it. */
function* ratcheted(rule: CelRule, read: readonly Read[], given: Case, { before }: Pods, found: readonly Found[]): Steps<Finding[]> {
  const { oldObject } = given.subject;
  const tolerated = new Map<string, number>();
  for (const target of targetsOf(rule, oldObject, before))
    for (const { finding } of yield* judgeTarget(rule, given, target, 'oldObject')) {
      const key = keyOf(finding, target, read);
      tolerated.set(key, (tolerated.get(key) ?? 0) + 1);
    }
  const fresh = given.isPod ? freshContainers(before) : null;
  return found.map(({ finding, target }) => {
    const key = keyOf(finding, target, read);
    const left = tolerated.get(key) ?? 0;
    if (left === 0 || (target.pod !== null && target.container !== null && fresh?.(target.pod, target.container.path))) return finding;
    tolerated.set(key, left - 1);
    return { ...finding, state: 'ratcheted' };
  });
}

function keyOf({ message }: Finding, { object, path, pod, place }: Target, read: readonly Read[]): string {
  const roots: Readonly<Record<string, string>> = { object: '', pod: pod === null ? '' : templatePath(pod), container: path };
  const values = read.map(({ root, fields }) => {
    const from = roots[root];
    return from === undefined ? '' : canonical(valueAt(object, from, fields) as Json | undefined);
  });
  return JSON.stringify([message, place, values]);
}

/** Own members only: keys come from users. */
function valueAt(value: Value, path: string, fields: readonly string[] = []): Value | undefined {
  let current: unknown = value;
  for (const step of [...parsePath(path), ...fields]) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isObject(current) && Object.hasOwn(current, step)) current = current[step];
    else return undefined;
  }
  return current as Value;
}

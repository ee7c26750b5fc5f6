import type { Finding, Mode } from '../../engine/finding.ts';
import type { Json } from '../../kube/json.ts';
import type { Case } from '../case.ts';
import { capped, strictness } from '../mode.ts';
import type { Steps } from '../steps.ts';
import { late } from '../undecided.ts';
import { bindingsFor } from './bindings.ts';
import type { Decision, Outcome } from './evaluate.ts';
import { evaluationOf } from './evaluate.ts';
import { exceptionFor } from './excuse.ts';
import type { Unit, UpstreamPolicy } from './unit.ts';

/** A policy that was asked, with the strictest mode in which it was. */
export interface Asked {
  readonly name: string;
  readonly mode: Mode;
  /** For the audit log, as `POLICY.KEY`. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Judges by one policy of another project's kind, an expression a step. Findings are added to the list at the end.
 * @param ceiling of every mode: what no action softens is no stricter either.
 * @returns null where the policy does not match.
 */
export function* judgeUpstream(policy: UpstreamPolicy, given: Case, ceiling: Mode, findings: Finding[]): Steps<Asked | null> {
  const found: Finding[] = [];
  const annotations = new Map<string, Set<string>>();
  let asked: Mode | null = null;
  for (const unit of policy.units) {
    const mode = unit.mode(given);
    if (mode === 'Off') continue;
    const matched = unit.matches(given);
    if (matched === 'no') continue;
    if (typeof matched === 'object') found.push(...configured(policy, `${matched.unknown} decide here`, 'matches', ceiling, mode));
    else if (!(yield* byUnit(policy, unit, given, { mode, ceiling }, found, annotations))) continue;
    if (asked === null || strictness(mode) > strictness(asked)) asked = mode;
  }
  findings.push(...distinct(found));
  return asked === null ? null : { name: policy.name, mode: asked, ...published(policy, annotations) };
}

/** What a policy says of a subject which there is no time to judge: where it matches and fails closed, it refuses as it would for a fault. */
export function giveUpUpstream(policy: UpstreamPolicy, given: Case, findings: Finding[]): Asked | null {
  const modes = policy.units.filter((unit) => unit.matches(given) !== 'no').map((unit) => unit.mode(given));
  const mode = modes.toSorted((a, b) => strictness(b) - strictness(a))[0] ?? 'Off';
  if (mode === 'Off') return null;
  const failureMode = (policy.unanswered ?? policy.failurePolicy) === 'Ignore' ? capped(mode, 'Warn') : mode;
  findings.push(late({ guardrail: policy.name, failureMode }));
  return { name: policy.name, mode };
}

/** @returns false where a condition of the policy leaves the subject alone. */
function* byUnit(
  policy: UpstreamPolicy,
  unit: Unit,
  given: Case,
  { mode, ceiling }: { readonly mode: Mode; readonly ceiling: Mode },
  findings: Finding[],
  annotations: Map<string, Set<string>>,
): Steps<boolean> {
  const params = unit.params(given);
  if ('error' in params) {
    findings.push(...configured(policy, `failed to configure binding: ${params.error}`, 'params', ceiling, mode));
    return true;
  }
  const outcomes: Judged[] = [];
  for (const param of params) outcomes.push(yield* byParam(policy, unit, given, param));
  for (const { decisions, exception, annotations: made } of outcomes) {
    for (const [key, value] of made) annotations.set(key, (annotations.get(key) ?? new Set()).add(value));
    for (const decision of decisions) {
      const finding = findingOf(policy, unit, decision, decision.kind === 'direct' ? ceiling : mode);
      findings.push(exception === null ? finding : { ...finding, state: 'excepted', exception });
    }
  }
  return outcomes.some(({ skipped }) => !skipped);
}

/** A name that the API server would not take for that of an annotation is left out. */
function published({ name }: UpstreamPolicy, annotations: ReadonlyMap<string, ReadonlySet<string>>): Pick<Asked, 'annotations'> {
  if (annotations.size === 0) return {};
  const named = [...annotations].map(([key, values]) => [`${name}.${key}`, cut([...values].join(', '))] as const);
  return { annotations: Object.fromEntries(named.filter(([key]) => /^[A-Za-z0-9][-\w.]{0,61}[A-Za-z0-9]$/.test(key))) };
}

const MAX_ANNOTATION = 10_240;
const cut = (text: string): string => (text.length <= MAX_ANNOTATION ? text : text.slice(0, MAX_ANNOTATION));

interface Judged extends Pick<Outcome, 'annotations'> {
  readonly skipped: boolean;
  readonly decisions: readonly Decision[];
  readonly exception: string | null;
}

function* byParam({ failurePolicy, kind }: UpstreamPolicy, unit: Unit, given: Case, params: Json | undefined): Steps<Judged> {
  const { program } = unit;
  const bindings = bindingsFor(given, params, program.readsNamespace, kind === 'ValidatingAdmissionPolicy');
  const excused = exceptionFor(unit.exceptions, bindings, given.facts.now, failurePolicy);
  const { skipped, decisions, annotations } = yield* evaluationOf(program, {
    bindings: { ...bindings, ...excused.bindings },
    failurePolicy,
  });
  if (excused.error !== null && !skipped)
    return { skipped, annotations, exception: null, decisions: [{ rule: 'exceptions', message: excused.error, path: '', kind: 'error' }] };
  return { skipped, decisions, annotations, exception: excused.name };
}

/** A fault of the configuration: where the policy fails closed it refuses whatever the actions say. */
function configured(policy: UpstreamPolicy, message: string, rule: string, ceiling: Mode, mode: Mode): Finding[] {
  if (policy.failurePolicy === 'Ignore') return [];
  const direct = policy.kind === 'ValidatingAdmissionPolicy' ? ceiling : mode;
  return [findingOf(policy, null, { rule, message, path: '', kind: 'direct' }, direct)];
}

function findingOf({ name, kind, severity }: UpstreamPolicy, unit: Unit | null, { rule, message, path }: Decision, mode: Mode): Finding {
  return {
    guardrail: name,
    rule,
    check: kind,
    control: null,
    mode,
    because: unit === null || unit.binding === '' ? `the ${kind}` : `the binding ${unit.binding}`,
    severity,
    state: 'active',
    reason: 'FieldValueInvalid',
    message,
    path,
    cure: null,
  };
}

/** Several bindings and params may find one and the same: the strictest of them stays. */
function distinct(findings: readonly Finding[]): Finding[] {
  const strictest = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.message, finding.path]);
    const known = strictest.get(key);
    if (known === undefined || weight(finding) > weight(known)) strictest.set(key, finding);
  }
  return [...strictest.values()];
}

const weight = ({ mode, state }: Finding): number => (state === 'active' ? strictness(mode) + 1 : 0);

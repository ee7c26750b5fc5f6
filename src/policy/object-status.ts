import type { Condition, ExceptionStatus, GuardrailStatus } from '../api/guardrail-status.ts';
import type { Mode } from '../engine/finding.ts';
import { isObject } from '../kube/json.ts';
import type { JsonObject } from '../kube/json.ts';
import { parseTime } from '../kube/time.ts';
import type { Guardrail } from './guardrail.ts';
import { strictness } from './mode.ts';
import { faultLine, generationOf } from './policy-object.ts';
import { entriesInForce, nextChange } from './schedule.ts';
import type { Fault } from './schema-faults.ts';
import type { ExceptionReview, GuardrailReview } from './store.ts';

export interface StatusContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of what a guardrail matches, what the API server never asks about, in words; null where it asks about all. */
  readonly unreachable: (guardrail: Guardrail) => string | null;
}

/** etcd takes no object beyond 1.5 MB, and nobody reads a thousand faults. */
const MAX_MESSAGE = 4096;

/**
 * What the status of a Guardrail should say. Where nothing changed it equals the status that it has.
 * @param guardrail what of it is in force, compiled; undefined for nothing
 */
export function guardrailStatus(
  { object, examined, inForce }: GuardrailReview,
  guardrail: Guardrail | undefined,
  context: StatusContext,
): GuardrailStatus {
  const generation = generationOf(object);
  const said = (condition: Said): Condition => settled(condition, object, generation, context.now);
  const unreachable = guardrail && context.unreachable(guardrail);
  return {
    observedGeneration: generation,
    conditions: [
      said(guardrailReady(examined.faults, examined.warnings, inForce && { generation: inForce.generation })),
      ...(guardrail === undefined ? [] : [said(reachable(unreachable ?? null))]),
    ],
    ...(guardrail && modesNow(guardrail, inForce?.document.spec.schedule ?? [], context.now)),
    ...(inForce && { lastGood: { generation: inForce.generation, spec: inForce.document.spec } }),
  };
}

/** What the status of a GuardrailException should say. */
export function exceptionStatus({ object, examined }: ExceptionReview, now: number): ExceptionStatus {
  const generation = generationOf(object);
  return { observedGeneration: generation, conditions: [settled(exceptionReady({ object, examined }, now), object, generation, now)] };
}

/** When the status of one of these changes by time alone, in milliseconds since the epoch; Infinity for never. */
export function nextStatusChange(guardrails: readonly Guardrail[], exceptions: readonly ExceptionReview[], now: number): number {
  const flips = guardrails.map(({ schedule = [] }) => nextChange(schedule, now) ?? Infinity);
  const ends = exceptions.map(({ examined }) => parseTime(examined.document?.spec.expiresAt ?? '') ?? Infinity).filter((end) => end > now);
  return [...flips, ...ends].reduce((first, time) => Math.min(first, time), Infinity);
}

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

function guardrailReady(faults: readonly Fault[], warnings: readonly Fault[], inForce: { readonly generation: number } | null): Said {
  if (faults.length === 0)
    return { type: 'Ready', status: 'True', reason: warnings.length > 0 ? 'InForceWithWarnings' : 'InForce', message: lines(warnings) };
  const rest = inForce === null ? 'nothing of it is in force' : `generation ${inForce.generation} stays in force`;
  const reason = faults.some(({ path }) => path === 'metadata.name') ? 'NameTaken' : 'Invalid';
  return { type: 'Ready', status: 'False', reason, message: `${lines(faults)}; ${rest}` };
}

const reachable = (unreachable: string | null): Said =>
  unreachable === null
    ? { type: 'Reachable', status: 'True', reason: 'Registered', message: '' }
    : { type: 'Reachable', status: 'False', reason: 'Excluded', message: unreachable.slice(0, MAX_MESSAGE) };

function exceptionReady({ examined: { document, faults, warnings } }: ExceptionReview, now: number): Said {
  if (document === null) return { type: 'Ready', status: 'False', reason: 'Invalid', message: lines(faults) };
  const { expiresAt } = document.spec;
  if ((parseTime(expiresAt) ?? 0) <= now) return { type: 'Ready', status: 'False', reason: 'Expired', message: `it ended at ${expiresAt}` };
  const unheard = warnings.some(({ path }) => path === 'spec.guardrail');
  if (unheard) return { type: 'Ready', status: 'False', reason: 'NotHonoured', message: lines(warnings) };
  return { type: 'Ready', status: 'True', reason: warnings.length > 0 ? 'InForceWithWarnings' : 'InForce', message: lines(warnings) };
}

const lines = (faults: readonly Fault[]): string => faults.map(faultLine).join('; ').slice(0, MAX_MESSAGE);

/** A condition that did not change keeps its time. */
function settled(said: Said, object: JsonObject, observedGeneration: number, now: number): Condition {
  const { status } = object;
  const held = isObject(status) && Array.isArray(status['conditions']) ? status['conditions'] : [];
  const before = held.find((condition) => isObject(condition) && condition['type'] === said.type);
  const since = isObject(before) && before['status'] === said.status ? before['lastTransitionTime'] : undefined;
  return { ...said, observedGeneration, lastTransitionTime: typeof since === 'string' ? since : iso(now) };
}

function modesNow(guardrail: Guardrail, written: readonly { readonly from: string }[], now: number) {
  const { schedule = [], phases = [] } = guardrail;
  const { entries, base } = entriesInForce(schedule, now);
  const inForce = new Set(entries.map(({ index }) => index));
  const modes = [...(base ? [guardrail.mode] : []), ...[...inForce].map((index) => phases[index]?.mode ?? 'Off')];
  const next = nextChange(schedule, now);
  return {
    mode: modes.reduce<Mode>((most, mode) => (strictness(mode) > strictness(most) ? mode : most), 'Off'),
    ...(written.length > 0 && {
      schedule: written.map(({ from }, index) => ({ from, mode: phases[index]?.mode ?? 'Off', inForce: inForce.has(index) })),
    }),
    ...(next !== null && { nextChange: iso(next) }),
  };
}

const iso = (time: number): string => new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');

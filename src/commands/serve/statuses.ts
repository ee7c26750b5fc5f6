import type { Logger } from 'pino';
import type { Client } from '../../cluster/client.ts';
import type { Clock } from '../../cluster/clock.ts';
import { putStatus } from '../../cluster/object-status.ts';
import type { Pace } from '../../cluster/pace.ts';
import type { ExceptionStatus, GuardrailStatus } from '../../api/guardrail-status.ts';
import { canonical } from '../../kube/canonical.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { exceptionStatus, guardrailStatus, nextStatusChange } from '../../policy/object-status.ts';
import { metadataText } from '../../policy/policy-object.ts';
import type { Guardrail } from '../../policy/guardrail.ts';
import { unreachable } from '../../policy/surface.ts';
import type { ObjectPolicies } from './objects.ts';
import { guardrailsPath } from './objects.ts';

export interface StatusDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly objects: Pick<ObjectPolicies, 'latest' | 'onChange'>;
  readonly now: () => Date;
  readonly pace: Pace;
  readonly log: Logger;
}

/** Beyond this, what time alone changes is looked at anyway. */
const LOOK_MS = 60_000;

interface Wanted {
  readonly path: string;
  /** As it is held, with the status of our last write where that has not come back yet. */
  readonly object: JsonObject;
  readonly status: Json;
}

interface Considered {
  readonly object: JsonObject;
  readonly reasons: readonly unknown[];
  readonly wanted: Wanted | null;
}

/** Keeps the status of guardrails and exceptions until the signal aborts: a status that says what it should is never written. For the leader. */
export async function keepStatuses({ client, clock, objects, now, pace, log }: StatusDeps, signal: AbortSignal): Promise<void> {
  const written = writtenStatuses();
  let wake = new AbortController();
  let troubled = false;
  let known = new WeakMap<JsonObject, Considered>();
  /** When time alone changes a status next. */
  let boundary = -Infinity;
  let digest = '';
  objects.onChange(() => wake.abort(), signal);
  while (!signal.aborted) {
    wake = new AbortController();
    const stale = staleStatuses();
    for (const wanted of stale) {
      await pace(signal);
      // What changed meanwhile is worked out anew, but one of those that wait is written first.
      if (!signal.aborted) await write(wanted);
      if (signal.aborted || wake.signal.aborted) break;
    }
    if (stale.length === 0) await clock.sleep(untilNextChange(), AbortSignal.any([signal, wake.signal]));
  }

  function staleStatuses(): Wanted[] {
    const { set, guardrails, exceptions } = objects.latest();
    const context = { now: now().getTime(), unreachable: unreachableWords };
    if (context.now >= boundary) known = new WeakMap();
    if (context.now >= boundary || set.digest !== digest) boundary = nextStatusChange(set.guardrails, exceptions, context.now);
    ({ digest } = set);
    const byName = new Map(set.guardrails.map((guardrail) => [guardrail.name, guardrail]));
    const all = [
      ...guardrails.map((review) => {
        const name = metadataText(review.object, 'name');
        const guardrail = review.inForce === null ? undefined : byName.get(name);
        return consider(review.object, [review.examined, guardrail], `${guardrailsPath}/${name}`, (object) =>
          guardrailStatus({ ...review, object }, guardrail, context),
        );
      }),
      ...exceptions.map((review) =>
        consider(review.object, [review.examined], exceptionPath(review.object), (object) =>
          exceptionStatus({ ...review, object }, context.now),
        ),
      ),
    ];
    return written.inTurn(all.filter((wanted) => wanted !== null));
  }

  /** Null where the status says what it should. Worked out once for what it hangs on: ten thousand are looked through at every change. */
  function consider(
    held: JsonObject,
    reasons: readonly unknown[],
    path: string,
    make: (object: JsonObject) => GuardrailStatus | ExceptionStatus,
  ): Wanted | null {
    const object = written.current(held);
    const before = known.get(held);
    if (before?.object === object && before.reasons.every((reason, index) => reason === reasons[index])) return before.wanted;
    const status = make(object) as unknown as Json;
    const wanted = canonical(object['status'] ?? {}) === canonical(status) ? null : { path, object, status };
    known.set(held, { object, reasons, wanted });
    return wanted;
  }

  async function write({ path, object, status }: Wanted): Promise<void> {
    try {
      written.took(object, await putStatus(client, path, object, status));
      troubled = false;
    } catch (err) {
      if (!troubled) log.warn({ err, path }, 'a status cannot be written; trying again');
      troubled = true;
      await clock.sleep(1000, signal);
    }
  }

  function untilNextChange(): number {
    const time = now().getTime();
    return Math.min(LOOK_MS, Math.max(1000, boundary - time));
  }
}

/** Our own writes, until they come back by the watch; and who was written when, so that a busy object keeps none waiting. */
function writtenStatuses() {
  const own = new Map<string, { readonly over: string; readonly object: JsonObject }>();
  const turns = new Map<string, number>();
  let turn = 0;
  return {
    current(held: JsonObject): JsonObject {
      const last = own.get(metadataText(held, 'uid'));
      return last !== undefined && last.over === metadataText(held, 'resourceVersion') ? last.object : held;
    },
    took(object: JsonObject, answer: JsonObject | null): void {
      const uid = metadataText(object, 'uid');
      turns.set(uid, ++turn);
      const over = own.get(uid)?.object === object ? (own.get(uid)?.over ?? '') : metadataText(object, 'resourceVersion');
      // What the answer holds beyond that is as it was.
      if (answer !== null) own.set(uid, { over, object: { ...object, metadata: answer['metadata'], status: answer['status'] } });
    },
    inTurn: (wanted: readonly Wanted[]): Wanted[] =>
      wanted.toSorted((a, b) => (turns.get(metadataText(a.object, 'uid')) ?? 0) - (turns.get(metadataText(b.object, 'uid')) ?? 0)),
  };
}

const exceptionPath = (object: JsonObject): string =>
  `/apis/sallyport.dev/v1alpha1/namespaces/${metadataText(object, 'namespace')}/guardrailexceptions/${metadataText(object, 'name')}`;

function unreachableWords(guardrail: Guardrail): string | null {
  const names = unreachable(guardrail);
  return names.length === 0
    ? null
    : `the API server never asks about ${names.join(', ')}, so that the cluster can be mended; it is in force for the rest`;
}

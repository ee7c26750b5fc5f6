import type { Logger } from 'pino';
import type { Client } from '../../cluster/client.ts';
import type { Clock } from '../../cluster/clock.ts';
import { trimmed } from '../../cluster/object-store.ts';
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
  /** As the watch gave it. */
  readonly held: JsonObject;
  /** As it is held, with the status of our last write where that has not come back yet. */
  readonly object: JsonObject;
  readonly status: Json;
  readonly rank: number;
}

/** Who is written first while many wait: what somebody has to mend, then the few, then the many. */
const Rank = { broken: 0, guardrail: 1, exception: 2 } as const;

const isBroken = ({ conditions }: GuardrailStatus | ExceptionStatus): boolean =>
  (conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'False');

interface Subject extends Pick<Wanted, 'held' | 'path' | 'rank'> {
  /** What the status hangs on beside the object. */
  readonly reasons: readonly unknown[];
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
        const of = { held: review.object, reasons: [review.examined, guardrail], path: `${guardrailsPath}/${name}`, rank: Rank.guardrail };
        return consider(of, (object) => guardrailStatus({ ...review, object }, guardrail, context));
      }),
      ...exceptions.map((review) => {
        const of = { held: review.object, reasons: [review.examined], path: exceptionPath(review.object), rank: Rank.exception };
        return consider(of, (object) => exceptionStatus({ ...review, object }, context.now));
      }),
    ];
    return written.inTurn(all.filter((wanted) => wanted !== null));
  }

  /** Null where the status says what it should. Worked out once for what it hangs on: ten thousand are looked through at every change. */
  function consider(
    { held, reasons, path, rank }: Subject,
    make: (object: JsonObject) => GuardrailStatus | ExceptionStatus,
  ): Wanted | null {
    const object = written.current(held);
    const before = known.get(held);
    if (before?.object === object && before.reasons.every((reason, index) => reason === reasons[index])) return before.wanted;
    const made = make(object);
    const status = made as unknown as Json;
    const same = canonical(object['status'] ?? {}) === canonical(status);
    const wanted = same ? null : { path, held, object, status, rank: isBroken(made) ? Rank.broken : rank };
    known.set(held, { object, reasons, wanted });
    return wanted;
  }

  async function write(wanted: Wanted): Promise<void> {
    const { path, object, status } = wanted;
    try {
      written.took(wanted, await putStatus(client, path, object, status));
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

/** Our own writes, until they come back by the watch; and whose turn it is. */
function writtenStatuses() {
  const own = new WeakMap<JsonObject, JsonObject>();
  const turns = new Map<string, number>();
  let turn = 0;
  return {
    current: (held: JsonObject): JsonObject => own.get(held) ?? held,
    took({ held, object }: Wanted, answer: JsonObject | null): void {
      const uid = metadataText(object, 'uid');
      turns.delete(uid);
      turns.set(uid, ++turn);
      const [oldest = ''] = turns.keys();
      if (turns.size > MAX_TURNS) turns.delete(oldest);
      // What the answer holds beyond that is as it was.
      if (answer !== null) own.set(held, { ...object, metadata: trimmed(answer)['metadata'], status: answer['status'] });
    },
    /** By rank; of four writes one goes to who has waited longest, so that no stream of changes keeps the rest waiting for ever. */
    inTurn(wanted: readonly Wanted[]): Wanted[] {
      const turnOf = ({ object }: Wanted): number => turns.get(metadataText(object, 'uid')) ?? 0;
      const byRank = turn % 4 === 3 ? 0 : 1;
      return wanted.toSorted((a, b) => (a.rank - b.rank) * byRank || turnOf(a) - turnOf(b));
    },
  };
}

/** Writes that are remembered: what was written before them has waited long enough. */
const MAX_TURNS = 1_000;

const exceptionPath = (object: JsonObject): string =>
  `/apis/sallyport.dev/v1alpha1/namespaces/${metadataText(object, 'namespace')}/guardrailexceptions/${metadataText(object, 'name')}`;

function unreachableWords(guardrail: Guardrail): string | null {
  const names = unreachable(guardrail);
  return names.length === 0
    ? null
    : `the API server never asks about ${names.join(', ')}, so that the cluster can be mended; it is in force for the rest`;
}

import type { Logger } from 'pino';
import type { Client } from '../../cluster/client.ts';
import { createEvent } from '../../cluster/event.ts';
import type { Pace } from '../../cluster/pace.ts';
import { GUARDRAIL_VERSION } from '../../api/guardrail.ts';
import type { Flip } from './flips.ts';

export interface AnnounceDeps {
  readonly client: Client;
  readonly pace: Pace;
  readonly now: () => Date;
  readonly log: Logger;
}

/** An Event on each guardrail that has come to an entry of its schedule. For the leader: one server tells for all. */
export async function announceFlips(flips: readonly Flip[], { client, pace, now, log }: AnnounceDeps, signal: AbortSignal): Promise<void> {
  for (const { guardrail, index, mode } of flips) {
    await pace(signal);
    if (signal.aborted) return;
    const about = { apiVersion: GUARDRAIL_VERSION, kind: 'Guardrail', name: guardrail.name };
    const message = `spec.schedule[${index}] has come into force: mode ${mode} where its namespaceSelector matches`;
    await createEvent(client, { about, type: 'Normal', reason: 'ScheduleInForce', message }, now()).catch((err: unknown) =>
      log.warn({ err, guardrail: guardrail.name }, 'an event cannot be written'),
    );
  }
}

import type { Logger } from 'pino';
import type { Clock } from '../../cluster/clock.ts';
import type { Guardrail } from '../../policy/guardrail.ts';

/** A guardrail has come to an entry of its schedule. */
export interface Flip {
  readonly guardrail: Guardrail;
  /** Index in `spec.schedule`. */
  readonly index: number;
  readonly mode: string;
}

export interface FlipDeps {
  /** Those in force. */
  readonly guardrails: () => readonly Guardrail[];
  readonly clock: Clock;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Tells, also in the log, of schedules that come to an entry, until the signal aborts: nothing but the clock sees it. */
export async function watchFlips(
  { guardrails, clock, now, log }: FlipDeps,
  told: (flips: readonly Flip[]) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let last = now().getTime(); !signal.aborted;) {
    await clock.sleep(1000, signal);
    const time = now().getTime();
    const flips = flipsBetween(guardrails(), last, time);
    last = time;
    for (const { guardrail, index, mode } of flips)
      log.info({ guardrail: guardrail.name, schedule: index, mode }, 'a guardrail has come to an entry of its schedule');
    if (flips.length > 0) told(flips);
  }
}

function flipsBetween(guardrails: readonly Guardrail[], after: number, until: number): Flip[] {
  return guardrails.flatMap((guardrail) =>
    (guardrail.schedule ?? [])
      .filter(({ from }) => from > after && from <= until)
      .map(({ index }) => ({ guardrail, index, mode: guardrail.phases?.[index]?.mode ?? 'Off' })),
  );
}

import type { Logger } from 'pino';
import type { AdmissionRequest } from '../../api/admission-review.ts';
import type { Client } from '../../cluster/client.ts';
import type { Clock } from '../../cluster/clock.ts';
import { createEvent } from '../../cluster/event.ts';
import type { Pace } from '../../cluster/pace.ts';
import { controllerOf } from '../../kube/controller-reference.ts';
import type { ControllerReference } from '../../kube/controller-reference.ts';
import type { Answer } from '../../webhook/answer.ts';

export interface OwnerEventDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly pace: Pace;
  readonly log: Logger;
}

/** An owner is told again after so many milliseconds at the earliest: a controller tries for ever. */
const AGAIN_MS = 10 * 60_000;
/** Owners that are remembered, and those that wait; beyond it the oldest are forgotten and the newest not told. */
const MAX_KNOWN = 1_000;
const MAX_WAITING = 20;

/** Owners that somebody may have put between a workload and its pods, and where they are read. */
const between: Readonly<Record<string, string>> = {
  'apps/v1 ReplicaSet': '/apis/apps/v1/namespaces/NS/replicasets/',
  'batch/v1 Job': '/apis/batch/v1/namespaces/NS/jobs/',
};

/**
 * Tells the topmost owner that can be known of pods that are refused: whoever made a Deployment looks there, not at its ReplicaSet. Only to be
 * called for requests that are known to come from the API server.
 */
export function ownerEvents({ client, clock, now, pace, log }: OwnerEventDeps, signal: AbortSignal) {
  const told = new Map<string, number>();
  let waiting = 0;

  return (request: AdmissionRequest, { response, decision }: Answer): void => {
    if (request.dryRun || decision.verdict !== 'deny' || request.kind.kind !== 'Pod' || request.operation !== 'CREATE') return;
    const owner = controllerOf(request.object);
    if (owner === null || waiting >= MAX_WAITING || !isDue(owner)) return;
    waiting += 1;
    const [message = ''] = (response.status?.message ?? '').split('\n', 1);
    void tell(request.namespace, owner, `a pod was refused: ${message}`)
      .catch((err: unknown) => log.warn({ err, owner: owner.name }, 'an event cannot be written'))
      .finally(() => void (waiting -= 1));
  };

  function isDue({ uid }: ControllerReference): boolean {
    const last = told.get(uid);
    if (last !== undefined && clock.now() - last < AGAIN_MS) return false;
    told.delete(uid);
    told.set(uid, clock.now());
    const [oldest = ''] = told.keys();
    if (told.size > MAX_KNOWN) told.delete(oldest);
    return true;
  }

  async function tell(namespace: string, owner: ControllerReference, message: string): Promise<void> {
    await pace(signal);
    if (signal.aborted) return;
    const about = { ...(await topmost(namespace, owner)), namespace };
    await createEvent(client, { about, type: 'Warning', reason: 'PodRefused', message }, now());
  }

  async function topmost(namespace: string, owner: ControllerReference): Promise<ControllerReference> {
    const folder = between[`${owner.apiVersion} ${owner.kind}`];
    if (folder === undefined) return owner;
    const path = folder.replace('NS', encodeURIComponent(namespace)) + encodeURIComponent(owner.name);
    const { status, body } = await client.request('GET', path, undefined, { signal });
    return (status < 300 ? controllerOf(body) : null) ?? owner;
  }
}

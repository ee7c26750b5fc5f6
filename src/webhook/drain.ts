import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookServer } from './server.ts';

const SWEEP_MS = 250;

export interface DrainDeps {
  readonly server: WebhookServer;
  readonly ops: { readonly notReady: (reason: string) => void; readonly close: () => Promise<void> };
  /** How long endpoints may still lead here after readiness is gone. */
  readonly delayMs: number;
  /** How long what is in flight may take after that. */
  readonly graceMs: number;
}

/** Leaves without losing a request: not ready, go on answering while endpoints drain, then finish what is in flight. */
export async function drain({ server, ops, delayMs, graceMs }: DrainDeps): Promise<void> {
  ops.notReady('shutting down');
  server.startDraining();
  await sleep(delayMs);
  const closed = server.app.close();
  // Again and again: a handshake may end while we wait for what is in flight.
  const sweep = setInterval(() => server.closeUnused(), SWEEP_MS);
  const inTime = await Promise.race([closed.then(() => true), sleep(graceMs, false, { ref: false })]);
  clearInterval(sweep);
  // A connection still shaking hands is not cut by this; it goes with the process.
  if (!inTime) server.app.server.closeAllConnections();
  await ops.close();
}

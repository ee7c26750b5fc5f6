import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { applyStep } from '../../certificates/apply-step.ts';
import { nextStep } from '../../certificates/next-step.ts';
import type { CertificateState, UnusableState } from '../../certificates/state.ts';
import { caBundle, readSecret, toSecret } from '../../certificates/state.ts';
import type { TlsSecret } from '../../cluster/tls-secret.ts';
import type { TlsMaterial } from '../../webhook/tls.ts';

export interface ManagedTlsOptions {
  readonly secret: TlsSecret;
  readonly hosts: readonly string[];
  readonly now: () => Date;
  readonly log: Logger;
  /** Milliseconds between two looks at the Secret. */
  readonly everyMs?: number;
}

/** The certificate that all replicas share through one Secret. Any of them may make the first one; the leader alone renews. */
export interface ManagedTls {
  /** Resolves once the Secret holds a pair that can serve, made by us or by another replica. */
  readonly first: (signal: AbortSignal) => Promise<TlsMaterial>;
  /** Calls `changed` for every new leaf until the signal aborts. */
  readonly follow: (changed: (material: TlsMaterial) => void, signal: AbortSignal) => Promise<void>;
  /** While true, looks at the Secret also take the next step of its renewal. */
  lead: boolean;
  /** Trusted by whoever calls us; null before the first look. */
  readonly bundle: () => string | null;
  /** The registration was seen to hold these bundles (base64 PEM); an empty list holds every bundle. */
  readonly published: (bundles: readonly string[]) => void;
}

export function managedTls({ secret, hosts, now, log, everyMs = 5000 }: ManagedTlsOptions): ManagedTls {
  let state: CertificateState | null = null;
  let held: readonly string[] | null = null;

  const managed: ManagedTls = {
    lead: false,
    bundle: () => (state === null ? null : caBundle(state, now())),
    published: (bundles) => void (held = bundles),
    async first(signal) {
      for (;;) {
        // Whoever comes first makes the pair; the fence of the Secret lets one of several through.
        await turn(true).catch((err: unknown) => log.warn({ err }, 'the certificate Secret cannot be used yet; trying again'));
        if (state !== null) return material(state);
        await sleep(Math.min(everyMs, 1000), undefined, { signal });
      }
    },
    async follow(changed, signal) {
      while (!signal.aborted) {
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted)
          await look(changed).catch((err: unknown) => log.warn({ err }, 'no new certificate from the Secret; the last one stays in force'));
      }
    },
  };
  return managed;

  async function look(changed: (material: TlsMaterial) => void): Promise<void> {
    const before = state?.leaf.certificate;
    await turn(managed.lead);
    if (state !== null && state.leaf.certificate !== before) changed(material(state));
  }

  /** One look at the Secret and, where `may`, every step that is due. */
  async function turn(may: boolean): Promise<void> {
    const { data, resourceVersion } = await secret.read();
    let next = readSecret(data);
    const steps: string[] = [];
    for (let step = may ? due(next) : null; step !== null; step = due(next)) {
      next = applyStep(step, next, { now: now(), hosts });
      steps.push('because' in step ? `${step.do}: ${step.because}` : step.do);
    }
    if (steps.length > 0 && (await secret.write(toSecret(usable(next)), resourceVersion)) === 'conflict') return;
    if (steps.length > 0) log.info({ steps }, 'certificates moved on');
    if ('problem' in next) throw new Error(`the Secret holds no certificate to serve with (${next.problem}); the leader will make one`);
    state = next;
  }

  function due(current: CertificateState | UnusableState) {
    const step = nextStep(current, { now: now(), hosts });
    if (step.do === 'wait') return null;
    if (step.do !== 'publish-bundle' || 'problem' in current) return step;
    const wanted = base64(caBundle(current, now()));
    return held?.every((bundle) => bundle === wanted) ? step : null;
  }
}

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
const material = ({ leaf }: CertificateState): TlsMaterial => ({ cert: leaf.certificate, key: leaf.key });

function usable(state: CertificateState | UnusableState): CertificateState {
  if ('problem' in state) throw new Error('a step of the certificates left nothing to serve with');
  return state;
}

import type { Logger } from 'pino';
import { selfSigned } from '../../certificates/authority.ts';
import { readCertificateFiles, watchCertificateFiles } from '../../webhook/certificate-files.ts';
import type { TlsMaterial } from '../../webhook/tls.ts';
import type { ManagedTls } from './managed-tls.ts';
import type { TlsFlags } from './options.ts';

/** Where the certificate comes from, once it is there. */
export interface TlsSource {
  readonly material: TlsMaterial;
  /** PEM for the registration now; null where something else injects it (cert-manager). */
  readonly bundle: () => string | null;
  /** Calls `changed` for every new pair until the signal aborts. */
  readonly follow: (changed: (material: TlsMaterial) => void, signal: AbortSignal) => void;
}

export interface TlsSourceOptions {
  readonly hosts: readonly string[];
  readonly now: () => Date;
  readonly log: Logger;
  readonly failed: () => void;
}

/** Resolves when there is a pair to serve with. @throws TlsError or the file system's error for files that cannot serve */
export async function tlsSource(
  flags: TlsFlags,
  managed: ManagedTls | null,
  options: TlsSourceOptions,
  signal: AbortSignal,
): Promise<TlsSource> {
  if (flags.from === 'files') return fromFiles(flags, options);
  return managed === null ? fromMemory(options) : fromSecret(managed, signal);
}

function fromMemory({ hosts, now }: TlsSourceOptions): TlsSource {
  const { certificate, key, authority } = selfSigned(hosts, now());
  return { material: { cert: certificate, key }, bundle: () => authority, follow: () => undefined };
}

async function fromSecret(managed: ManagedTls, signal: AbortSignal): Promise<TlsSource> {
  return {
    material: await managed.first(signal),
    bundle: managed.bundle,
    follow: (changed, until) => void managed.follow(changed, until),
  };
}

async function fromFiles(paths: { cert: string; key: string; ca?: string }, { log, failed }: TlsSourceOptions): Promise<TlsSource> {
  let current = await readCertificateFiles(paths);
  return {
    material: current,
    bundle: () => current.ca ?? null,
    follow(changed, signal) {
      const stop = watchCertificateFiles({
        paths,
        current,
        changed(files) {
          changed(files);
          current = files;
        },
        failed(err) {
          failed();
          log.error({ err }, 'the new certificate files cannot serve; the last good pair stays in force');
        },
      });
      signal.addEventListener('abort', stop, { once: true });
    },
  };
}

import { readFile } from 'node:fs/promises';
import { checkTls } from './tls.ts';
import type { TlsMaterial } from './tls.ts';

export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
  /** CA that signed `cert`, for whoever registers the webhook. */
  readonly ca?: string;
}

export type CertificateFiles = TlsMaterial & { readonly ca?: string };

export interface WatchOptions {
  readonly paths: CertificatePaths;
  /** What is in force: the first call of `changed` comes when the files differ from it. */
  readonly current: CertificateFiles;
  /** A new pair that checks out. When it throws, that counts as failed. */
  readonly changed: (files: CertificateFiles) => void;
  /** A new pair that cannot serve: told once for the same content; the last good one stays in force. */
  readonly failed: (error: unknown) => void;
  readonly everyMs?: number;
}

/** Reads and checks the files once. @throws TlsError, or the file system's error */
export async function readCertificateFiles(paths: CertificatePaths): Promise<CertificateFiles> {
  const files = await readAll(paths);
  checkTls(files);
  return files;
}

/**
 * Looks for changed files every few seconds. By content and not by events: a Secret mount swaps a symlink two levels up,
 * and a pair caught half written is simply read again.
 * @returns a function that stops watching
 */
export function watchCertificateFiles({ paths, current, changed, failed, everyMs = 5000 }: WatchOptions): () => void {
  let seen = fingerprint(current);
  let lastFailure = '';
  let timer = setTimeout(look, everyMs).unref();
  let stopped = false;

  async function look(): Promise<void> {
    await reload().catch(fail);
    if (!stopped) timer = setTimeout(look, everyMs).unref();
  }

  async function reload(): Promise<void> {
    const files = await readAll(paths);
    const found = fingerprint(files);
    if (found === seen || stopped) return;
    seen = found;
    checkTls(files);
    changed(files);
    lastFailure = '';
  }

  function fail(error: unknown): void {
    const failure = `${seen}${String((error as { code?: unknown } | null)?.code)}`;
    if (failure !== lastFailure) failed(error);
    lastFailure = failure;
  }

  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function readAll({ cert, key, ca }: CertificatePaths): Promise<CertificateFiles> {
  const [certText, keyText, caText] = await Promise.all([read(cert), read(key), ca === undefined ? Promise.resolve(undefined) : read(ca)]);
  return { cert: certText, key: keyText, ...(caText === undefined ? {} : { ca: caText }) };
}

const fingerprint = ({ cert, key, ca = '' }: CertificateFiles): string => JSON.stringify([cert, key, ca]);

const read = (path: string): Promise<string> => readFile(path, 'utf8');

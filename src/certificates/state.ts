import { X509Certificate } from 'node:crypto';
import { canSign, keyFits } from './authority.ts';
import type { KeyPair } from './authority.ts';

/** What the servers share through one Secret. Every certificate in it can be read, and the leaf is signed by `authority`. */
export type CertificateState = {
  /** `key` is null where it cannot sign (lost, or not ours): its certificates stay good, and a new authority is introduced. */
  readonly authority: { readonly certificate: string; readonly key: string | null };
  readonly leaf: KeyPair;
  /** The authority being introduced; `publishedAt` is when the registration was seen to hold the bundle with it. */
  readonly next: (KeyPair & { readonly publishedAt: Date | null }) | null;
  /** Certificates of earlier authorities, trusted until they expire. */
  readonly retired: readonly string[];
};

export type StateProblem = 'empty' | 'authority-unreadable' | 'leaf-unreadable' | 'leaf-key-mismatch' | 'leaf-foreign';

/** A Secret that no server can serve with; `salvaged` are the authorities in it that servers may still be trusted by. */
export type UnusableState = { readonly problem: StateProblem; readonly salvaged: readonly string[] };

/** A Secret's `data`: base64 by key. */
export type SecretData = Readonly<Record<string, string>>;

/** Reads what a Secret holds; a missing Secret reads as `{}`. Never throws: what is wrong is in `problem`. */
export function readSecret(data: SecretData): CertificateState | UnusableState {
  const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const authority = readAuthorities(text('ca.crt'))[0];
  const leaf = { certificate: text('tls.crt'), key: text('tls.key') };
  const problem = Object.keys(data).length === 0 ? 'empty' : findProblem(authority, leaf);
  const retired = readAuthorities(text('retired-ca.crt'));
  const introduced = readAuthorities(text('next-ca.crt'));
  if (problem !== null || authority === undefined) {
    return { problem: problem ?? 'authority-unreadable', salvaged: unique([...(authority ? [authority] : []), ...introduced, ...retired]) };
  }
  return {
    authority: signer(authority, text('ca.key')),
    leaf,
    next: readNext(introduced[0], text('next-ca.key'), text('next-ca.published')),
    retired,
  };
}

/** The whole `data` of the Secret, to replace (not merge into) what was there. */
export function toSecret({ authority, leaf, next, retired }: CertificateState): SecretData {
  const texts: Record<string, string | null> = {
    'ca.crt': authority.certificate,
    'ca.key': authority.key,
    'tls.crt': leaf.certificate,
    'tls.key': leaf.key,
    'next-ca.crt': next?.certificate ?? null,
    'next-ca.key': next?.key ?? null,
    'next-ca.published': next?.publishedAt?.toISOString() ?? null,
    'retired-ca.crt': retired.join('') || null,
  };
  const present = Object.entries(texts).flatMap(([key, text]) => (text === null ? [] : [[key, text] as const]));
  return Object.fromEntries(present.map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

/** The PEM bundle that clients must trust: the authority in use, the one being introduced, and earlier ones not yet expired. */
export function caBundle({ authority, next, retired }: CertificateState, now: Date): string {
  return unique([authority.certificate, ...(next ? [next.certificate] : []), ...unexpired(retired, now)]).join('');
}

/** Those of these certificates whose time is not over; one from the future counts, since its time will come. */
export function unexpired(certificates: readonly string[], now: Date): string[] {
  return certificates.filter((pem) => new X509Certificate(pem).validToDate > now);
}

export function unique(certificates: readonly string[]): string[] {
  return [...new Set(certificates)];
}

function findProblem(authority: string | undefined, leaf: KeyPair): StateProblem | null {
  const certificate = parse(leaf.certificate);
  if (authority === undefined) return 'authority-unreadable';
  if (certificate === null) return 'leaf-unreadable';
  if (!keyFits(certificate, leaf.key)) return 'leaf-key-mismatch';
  const issuer = new X509Certificate(authority);
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey) ? null : 'leaf-foreign';
}

function readNext(certificate: string | undefined, key: string, published: string): CertificateState['next'] {
  if (certificate === undefined) return null;
  const publishedAt = new Date(published);
  const pair = { certificate, key };
  // Nothing was signed with it yet, so one that cannot sign is forgotten and introduced anew.
  return canSign(pair) ? { ...pair, publishedAt: Number.isNaN(publishedAt.getTime()) ? null : publishedAt } : null;
}

function signer(certificate: string, key: string): CertificateState['authority'] {
  const pair = { certificate, key };
  return canSign(pair) ? pair : { certificate, key: null };
}

/** The authorities among the PEM blocks of a text, in order, without what cannot be read. */
function readAuthorities(text: string): string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    const certificate = parse(block);
    return certificate?.ca === true ? [certificate.toString()] : [];
  });
}

function parse(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

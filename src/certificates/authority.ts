import type { KeyObject } from 'node:crypto';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { keyIdentifier, signCertificate } from './certificate.ts';
import { readHosts } from './host.ts';

/** A certificate and its private key (PKCS #8), both PEM. */
export type KeyPair = { readonly certificate: string; readonly key: string };

const day = 86_400_000;

/** How long things last, in milliseconds. `settle` is the time an API server gets to take up a new caBundle. */
export type Lifetimes = { readonly authority: number; readonly leaf: number; readonly settle: number };

export const defaultLifetimes: Lifetimes = { authority: 365 * day, leaf: 90 * day, settle: 60_000 };

/** Makes a P-256 authority with a name and key identifier of its own, so that a bundle of several is never ambiguous. */
export function makeAuthority(now: Date, lifetime = defaultLifetimes.authority): KeyPair {
  const { publicKey, privateKey } = newKey();
  const name = authorityName(publicKey);
  const notAfter = new Date(now.getTime() + lifetime);
  const certificate = signCertificate({
    subject: name,
    publicKey,
    issuer: { name, publicKey, privateKey },
    now,
    notAfter,
    use: 'authority',
  });
  return { certificate, key: toPem(privateKey) };
}

/**
 * Makes a P-256 server certificate for these DNS names and IP addresses; it never outlives its authority.
 * Throws CertificateError `host-invalid`.
 */
export function makeLeaf(authority: KeyPair, hosts: readonly string[], now: Date, lifetime = defaultLifetimes.leaf): KeyPair {
  const { publicKey, privateKey } = newKey();
  const parent = new X509Certificate(authority.certificate);
  const issuer = {
    name: parent.subject.replace(/^CN=/, ''),
    publicKey: parent.publicKey,
    privateKey: createPrivateKey(authority.key),
  };
  const notAfter = new Date(Math.min(now.getTime() + lifetime, parent.validToDate.getTime()));
  const use = { hosts: readHosts(hosts) };
  const certificate = signCertificate({ subject: 'sallyport', publicKey, issuer, now, notAfter, use });
  return { certificate, key: toPem(privateKey) };
}

/** A server certificate for trying out: its authority's key is forgotten at once. `authority` is what clients must trust. */
export function selfSigned(hosts: readonly string[], now: Date): KeyPair & { readonly authority: string } {
  const authority = makeAuthority(now);
  return { ...makeLeaf(authority, hosts, now, defaultLifetimes.authority), authority: authority.certificate };
}

/** Whether makeLeaf can sign with this authority: a pair that makeAuthority made, not one that somebody else put in its place. */
export function canSign(authority: { readonly certificate: string; readonly key: string | null }): authority is KeyPair {
  if (authority.key === null) return false;
  const certificate = new X509Certificate(authority.certificate);
  return certificate.subject === `CN=${authorityName(certificate.publicKey)}` && keyFits(certificate, authority.key);
}

/** Whether this PEM is the certificate's private key. */
export function keyFits(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function authorityName(publicKey: KeyObject): string {
  return `sallyport-ca-${keyIdentifier(publicKey).slice(0, 16)}`;
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

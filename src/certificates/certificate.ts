import { createHash, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bitString, boolean, explicit, implicit, integer, objectIdentifier, octetString, sequence, set, time, utf8String } from './der.ts';
import type { Host } from './host.ts';

/** Certificates start this long before they are made, for API servers whose clock is behind ours. Milliseconds. */
export const backdate = 5 * 60_000;

export type CertificateContent = {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: { readonly name: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly now: Date;
  readonly notAfter: Date;
  /** What the key may do: sign leaves, or serve these hosts. */
  readonly use: 'authority' | { readonly hosts: readonly Host[] };
};

/** Signs an X.509 v3 certificate with ECDSA over SHA-256 and returns it as PEM. The keys must be P-256. */
export function signCertificate(content: CertificateContent): string {
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  const toBeSigned = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(randomBytes(16)),
    algorithm,
    distinguishedName(content.issuer.name),
    sequence(time(new Date(content.now.getTime() - backdate)), time(content.notAfter)),
    distinguishedName(content.subject),
    publicKeyInfo(content.publicKey),
    explicit(3, sequence(...extensions(content))),
  );
  const signature = sign('sha256', toBeSigned, content.issuer.privateKey);
  return pem(sequence(toBeSigned, algorithm, bitString(signature)));
}

/** The leftmost 160 bits of SHA-256 over the public point (RFC 7093, method 1), in hexadecimal. */
export function keyIdentifier(publicKey: KeyObject): string {
  const point = publicKeyInfo(publicKey).subarray(-65);
  return createHash('sha256').update(point).digest('hex').slice(0, 40);
}

function extensions({ use, publicKey, issuer }: CertificateContent): Uint8Array[] {
  // Go picks among several authorities by these two identifiers before it tries signatures.
  const identifiers = [
    extension('2.5.29.14', octetString(Buffer.from(keyIdentifier(publicKey), 'hex'))),
    extension('2.5.29.35', sequence(implicit(0, Buffer.from(keyIdentifier(issuer.publicKey), 'hex')))),
  ];
  return [...(use === 'authority' ? authorityExtensions() : serverExtensions(use.hosts)), ...identifiers];
}

function authorityExtensions(): Uint8Array[] {
  const mayIssueLeavesOnly = sequence(boolean(true), integer(Uint8Array.of(0)));
  const keyCertSign = bitString(Uint8Array.of(0b0000_0100), 2);
  return [criticalExtension('2.5.29.19', mayIssueLeavesOnly), criticalExtension('2.5.29.15', keyCertSign)];
}

function serverExtensions(hosts: readonly Host[]): Uint8Array[] {
  const digitalSignature = bitString(Uint8Array.of(0b1000_0000), 7);
  const serverAuth = sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'));
  return [
    criticalExtension('2.5.29.19', sequence()),
    criticalExtension('2.5.29.15', digitalSignature),
    extension('2.5.29.37', serverAuth),
    extension('2.5.29.17', sequence(...hosts.map(generalName))),
  ];
}

function generalName({ name, address }: Host): Uint8Array {
  return address ? implicit(7, address) : implicit(2, Buffer.from(name, 'ascii'));
}

function extension(oid: string, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(oid), octetString(value));
}

function criticalExtension(oid: string, value: Uint8Array): Uint8Array {
  return sequence(objectIdentifier(oid), boolean(true), octetString(value));
}

function distinguishedName(commonName: string): Uint8Array {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function publicKeyInfo(publicKey: KeyObject): Uint8Array {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

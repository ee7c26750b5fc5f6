import { generateKeyPairSync, sign } from 'node:crypto';
import { bitString, integer, objectIdentifier, sequence, set, time, utf8String } from '../../src/certificates/der.ts';

/** A self-signed X.509 v1 certificate: the least that can authenticate a client, and its own authority. */
export function clientCertificate(commonName: string): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
  const validity = sequence(time(new Date(Date.now() - 3_600_000)), time(new Date(Date.now() + 3_600_000)));
  const content = sequence(integer(Uint8Array.of(7)), algorithm, name, validity, name, publicKey.export({ type: 'spki', format: 'der' }));
  const base64 = Buffer.from(sequence(content, algorithm, bitString(sign('sha256', content, privateKey)))).toString('base64');
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...(base64.match(/.{1,64}/g) ?? []), '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

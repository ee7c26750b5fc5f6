import { isIP } from 'node:net';
import type { X509Certificate } from 'node:crypto';
import { CertificateError } from './error.ts';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const dnsName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/** One host that a certificate can name: `address` holds the 4 or 16 bytes of an IP address, or null for a DNS name. */
export type Host = { readonly name: string; readonly address: Uint8Array | null };

/** Reads a DNS name, an IPv4 or an IPv6 address, also as a URL writes it (brackets, upper case, last dot). Throws `host-invalid`. */
export function readHost(text: string): Host {
  const name = text
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (isIP(name) === 4) return { name, address: Uint8Array.from(name.split('.').map(Number)) };
  if (isIP(name) === 6 && !name.includes('%')) return { name, address: ipv6Bytes(name) };
  if (dnsName.test(name)) return { name, address: null };
  throw new CertificateError('host-invalid', `${JSON.stringify(text)} cannot stand in a certificate: give a DNS name or an IP address`);
}

/** Reads the hosts of one certificate, each once. Throws `host-invalid`, also for none at all. */
export function readHosts(texts: readonly string[]): Host[] {
  if (texts.length === 0) throw new CertificateError('host-invalid', 'a server certificate must name at least one host');
  return [...new Map(texts.map(readHost).map((host) => [host.name, host])).values()];
}

/** Whether a client that connects to this host accepts the certificate's names. */
export function namesHost(certificate: X509Certificate, text: string): boolean {
  const { name, address } = readHost(text);
  return (address ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never' })) !== undefined;
}

function ipv6Bytes(address: string): Uint8Array {
  // The URL parser turns every spelling, also one that ends in IPv4, into hexadecimal groups with at most one gap.
  const [before = [], after = []] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::').map(groups);
  const gap = Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...gap, ...after].flatMap((group) => [group >>> 8, group & 0xff]));
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

import type { Overload } from '../function.ts';
import { goQuote } from '../go-quote.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, int, opaque, string } from '../type.ts';
import { CelError, isError } from '../value.ts';
import type { Opaque, Value } from '../value.ts';
import { AddressError, addressText, isMapped, parseAddress } from './address.ts';
import { costs, global, method } from './declare.ts';

export const ipType = opaque('net.IP');

/** An address without zone; never an IPv4 one in IPv6's clothes. */
export class Ip implements Opaque {
  readonly opaque = 'net.IP';
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof Ip ? Buffer.compare(this.bytes, other.bytes) === 0 : new CelError('no such overload');
  }
}

const size = costs(([text]) => traversal(sizeOf(text ?? null)));

/** Kubernetes' functions of IP addresses. */
export const ips: readonly Overload[] = [
  global('ip', [string], ipType, parseIp, size),
  global('isIP', [string], bool, (text: string) => !isError(parseIp(text)), size),
  global(
    'ip.isCanonical',
    [string],
    bool,
    isCanonical,
    costs(([text]) => Math.ceil(sizeOf(text ?? null) * 0.2)),
  ),
  global('string', [ipType], string, ({ bytes }: Ip) => addressText(bytes)),
  method('family', [ipType], int, ({ bytes }: Ip) => (bytes.length === 4 ? 4 : 6)),
  method('isUnspecified', [ipType], bool, isUnspecified),
  method('isLoopback', [ipType], bool, isLoopback),
  method('isLinkLocalMulticast', [ipType], bool, isLinkLocalMulticast),
  method('isLinkLocalUnicast', [ipType], bool, isLinkLocalUnicast),
  method('isGlobalUnicast', [ipType], bool, isGlobalUnicast),
];

export function parseIp(text: string): Ip | CelError {
  const address = parseAddress(text);
  const quoted = goQuote(text);
  if (address instanceof AddressError)
    return new CelError(`IP Address ${quoted} parse error during conversion from string: ${address.message}`);
  if (address.zone !== '') return new CelError(`IP address ${quoted} with zone value is not allowed`);
  return isMapped(address) ? new CelError(`IPv4-mapped IPv6 address ${quoted} is not allowed`) : new Ip(address.bytes);
}

function isCanonical(text: string): Value {
  const address = parseIp(text);
  return isError(address) ? address : addressText(address.bytes) === text;
}

/** The first two bytes as one number. */
const start = ({ bytes }: Ip): number => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);

function isUnspecified({ bytes }: Ip): boolean {
  return bytes.every((byte) => byte === 0);
}

function isLoopback({ bytes }: Ip): boolean {
  if (bytes.length === 4) return bytes[0] === 127;
  return bytes[15] === 1 && bytes.subarray(0, 15).every((byte) => byte === 0);
}

/** 224.0.0.0/24 and link-local scope of whatever flags. */
function isLinkLocalMulticast(address: Ip): boolean {
  if (address.bytes.length === 4) return start(address) === 0xe000 && address.bytes[2] === 0;
  return (start(address) & 0xff0f) === 0xff02;
}

function isLinkLocalUnicast(address: Ip): boolean {
  return address.bytes.length === 4 ? start(address) === 0xa9fe : (start(address) & 0xffc0) === 0xfe80;
}

const isMulticast = ({ bytes }: Ip): boolean => (bytes.length === 4 ? ((bytes[0] ?? 0) & 0xf0) === 0xe0 : bytes[0] === 0xff);

/** Private addresses count too. */
function isGlobalUnicast(address: Ip): boolean {
  const isBroadcast = address.bytes.length === 4 && address.bytes.every((byte) => byte === 255);
  return !isBroadcast && ![isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast].some((is) => is(address));
}

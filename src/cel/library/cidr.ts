import type { Overload } from '../function.ts';
import { goQuote } from '../go-quote.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, int, opaque, string } from '../type.ts';
import { CelError, isError } from '../value.ts';
import type { Opaque, Value } from '../value.ts';
import { AddressError, addressText, isMapped, parseAddress } from './address.ts';
import { costs, global, method } from './declare.ts';
import { Ip, ipType, parseIp } from './ip.ts';

const type = opaque('net.CIDR');

/** An address and how many of its bits name the network; the other bits stay as written. */
class Cidr implements Opaque {
  readonly opaque = 'net.CIDR';
  readonly address: Ip;
  readonly bits: number;
  constructor(address: Ip, bits: number) {
    this.address = address;
    this.bits = bits;
  }

  get size(): number {
    return Math.ceil(this.bits / 8);
  }

  equals(other: Opaque): boolean | CelError {
    if (!(other instanceof Cidr)) return new CelError('no such overload');
    return this.bits === other.bits && this.address.equals(other.address);
  }
}

const size = costs(([text]) => traversal(sizeOf(text ?? null)));
const sizes = (args: readonly Value[], index: number): number => sizeOf(args[index] ?? null);
const ipCost = (args: readonly Value[]): number => traversal(sizes(args, 0) * 2);
const rangeCost = (args: readonly Value[]): number => ipCost(args) + traversal(sizes(args, 0)) + 1;
/** An argument known to be a text costs its own traversal on top. */
const withText =
  (cost: (args: readonly Value[]) => number) =>
  (args: readonly Value[]): number =>
    cost(args) + traversal(sizes(args, 1));

/** Kubernetes' functions of address ranges. */
export const cidrs: readonly Overload[] = [
  global('cidr', [string], type, cidr, size),
  global('isCIDR', [string], bool, (text: string) => !isError(parse(text)), size),
  global('string', [type], string, ({ address, bits }: Cidr) => `${addressText(address.bytes)}/${bits}`),
  method('containsIP', [type, string], bool, (range: Cidr, text: string) => containsIp(range, parseIp(text)), {
    cost: ipCost,
    knownCost: withText(ipCost),
  }),
  method('containsIP', [type, ipType], bool, containsIp, costs(ipCost)),
  method('containsCIDR', [type, string], bool, (range: Cidr, text: string) => containsCidr(range, cidr(text)), {
    cost: rangeCost,
    knownCost: withText(rangeCost),
  }),
  method('containsCIDR', [type, type], bool, containsCidr, costs(rangeCost)),
  method('ip', [type], ipType, ({ address }: Cidr) => address),
  method('prefixLength', [type], int, ({ bits }: Cidr) => bits),
  method('masked', [type], type, masked),
];

const PREFIX = 'network address parse error during conversion from string: ';

/** Upstream says twice where the error comes from. */
function cidr(text: string): Cidr | CelError {
  const parsed = parse(text);
  return isError(parsed) ? new CelError(PREFIX + parsed.message) : parsed;
}

function parse(text: string): Cidr | CelError {
  const slash = text.lastIndexOf('/');
  const refuse = (why: string): CelError => new CelError(`${PREFIX}netip.ParsePrefix(${goQuote(text)}): ${why}`);
  if (slash === -1) return refuse("no '/'");
  const address = parseAddress(text.slice(0, slash));
  if (address instanceof AddressError) return refuse(address.message);
  if (address.zone !== '') return refuse('IPv6 zones cannot be present in a prefix');
  const digits = text.slice(slash + 1);
  if (!/^(\d|[1-9]\d{1,18})$/.test(digits)) return refuse(`bad bits after slash: ${goQuote(digits)}`);
  if (Number(digits) > address.bytes.length * 8) return refuse('prefix length out of range');
  if (isMapped(address)) return new CelError(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`);
  return new Cidr(new Ip(address.bytes), Number(digits));
}

/** What is no address is no argument. */
function containsIp(range: Cidr, address: Ip | CelError): Value {
  return isError(address) ? new CelError('no such overload') : isWithin(range, address, range.bits);
}

function containsCidr(range: Cidr, other: Cidr | CelError): Value {
  return isError(other) ? other : range.bits <= other.bits && isWithin(range, other.address, range.bits);
}

/** Whether the first bits of both addresses are the same. */
function isWithin({ address }: Cidr, other: Ip, bits: number): boolean {
  if (address.bytes.length !== other.bytes.length) return false;
  return address.bytes.every((byte, index) => ((byte ^ (other.bytes[index] ?? 0)) & mask(bits, index)) === 0);
}

/** The part of a byte that belongs to the first bits. */
const mask = (bits: number, index: number): number => (0xff00 >> Math.min(Math.max(bits - index * 8, 0), 8)) & 0xff;

function masked({ address, bits }: Cidr): Cidr {
  return new Cidr(new Ip(address.bytes.map((byte, index) => byte & mask(bits, index))), bits);
}

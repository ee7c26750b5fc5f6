import { goQuote } from '../go-quote.ts';

/** An IP address as Go's netip reads it. */
export interface Address {
  /** 4 or 16. */
  readonly bytes: Uint8Array;
  readonly zone: string;
}

/** Why a text is no address, as netip says it. */
export class AddressError {
  readonly message: string;
  constructor(text: string, why: string, at = '') {
    this.message = `ParseAddr(${goQuote(text)}): ${why}${at === '' ? '' : ` (at ${goQuote(at)})`}`;
  }
}

/** What `netip.ParseAddr` makes of a text: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`. */
export function parseAddress(text: string): Address | AddressError {
  switch (/[.:%]/.exec(text)?.[0]) {
    case '.':
      return dotted(text);
    case ':':
      return colons(text);
    case '%':
      return new AddressError(text, 'missing IPv6 address');
    default:
      return new AddressError(text, 'unable to parse IP');
  }
}

function dotted(text: string): Address | AddressError {
  const bytes = parseFour(text, text);
  return bytes instanceof AddressError ? bytes : { bytes, zone: '' };
}

/** `part` is what of `text` holds the four numbers. */
function parseFour(text: string, part: string): Uint8Array | AddressError {
  const bytes = new Uint8Array(4);
  let [value, digits, position] = [0, 0, 0];
  for (let at = 0; at < part.length; at++) {
    const mark = part.charAt(at);
    if (mark >= '0' && mark <= '9') {
      if (digits === 1 && value === 0) return new AddressError(text, 'IPv4 field has octet with leading zero');
      [value, digits] = [value * 10 + Number(mark), digits + 1];
      if (value > 255) return new AddressError(text, 'IPv4 field has value >255');
      continue;
    }
    if (mark !== '.') return new AddressError(text, 'unexpected character', part.slice(at));
    if (at === 0 || at === part.length - 1 || part[at - 1] === '.')
      return new AddressError(text, 'IPv4 field must have at least one digit', part.slice(at));
    if (position === 3) return new AddressError(text, 'IPv4 address too long');
    bytes[position] = value;
    [value, digits, position] = [0, 0, position + 1];
  }
  if (position < 3) return new AddressError(text, 'IPv4 address too short');
  bytes[3] = value;
  return bytes;
}

function colons(text: string): Address | AddressError {
  const mark = text.indexOf('%');
  if (mark === text.length - 1) return new AddressError(text, 'zone must be a non-empty string');
  const [body, zone] = mark === -1 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  const bytes = new Groups(text, body).parse();
  return bytes instanceof AddressError ? bytes : { bytes, zone };
}

/** The groups of an IPv6 address, read from left to right. */
class Groups {
  readonly #text: string;
  #rest: string;
  readonly #bytes: number[] = [];
  /** Where `::` stands, in bytes. */
  #gap = -1;

  constructor(text: string, body: string) {
    this.#text = text;
    this.#rest = body;
  }

  parse(): Uint8Array | AddressError {
    if (this.#rest.startsWith('::')) {
      this.#gap = 0;
      this.#rest = this.#rest.slice(2);
      if (this.#rest === '') return this.#filled();
    }
    while (this.#bytes.length < 16) {
      const step = this.#group();
      if (step instanceof AddressError) return step;
      if (step === 'end') break;
    }
    return this.#rest === '' ? this.#filled() : this.#error('trailing garbage after address', this.#rest);
  }

  #error(why: string, at = ''): AddressError {
    return new AddressError(this.#text, why, at);
  }

  #group(): AddressError | 'end' | 'more' {
    const digits = /^[0-9a-fA-F]*/.exec(this.#rest)?.[0] ?? '';
    if (digits.length > 4) return this.#error('each group must have 4 or less digits', this.#rest);
    if (digits === '') return this.#error('each colon-separated field must have at least one digit', this.#rest);
    if (this.#rest[digits.length] === '.') return this.#embedded();
    const value = parseInt(digits, 16);
    this.#bytes.push(value >> 8, value & 0xff);
    this.#rest = this.#rest.slice(digits.length);
    return this.#rest === '' ? 'end' : this.#colon();
  }

  /** An IPv4 address in place of the last two groups. */
  #embedded(): AddressError | 'end' {
    if (this.#gap < 0 && this.#bytes.length !== 12)
      return this.#error('embedded IPv4 address must replace the final 2 fields of the address', this.#rest);
    if (this.#bytes.length > 12) return this.#error('too many hex fields to fit an embedded IPv4 at the end of the address', this.#rest);
    const four = parseFour(this.#text, this.#rest);
    if (four instanceof AddressError) return four;
    this.#bytes.push(...four);
    this.#rest = '';
    return 'end';
  }

  #colon(): AddressError | 'end' | 'more' {
    if (!this.#rest.startsWith(':')) return this.#error('unexpected character, want colon', this.#rest);
    if (this.#rest.length === 1) return this.#error('colon must be followed by more characters', this.#rest);
    this.#rest = this.#rest.slice(1);
    if (!this.#rest.startsWith(':')) return 'more';
    if (this.#gap >= 0) return this.#error('multiple :: in address', this.#rest);
    this.#gap = this.#bytes.length;
    this.#rest = this.#rest.slice(1);
    return this.#rest === '' ? 'end' : 'more';
  }

  #filled(): Uint8Array | AddressError {
    const missing = 16 - this.#bytes.length;
    if (missing > 0 && this.#gap < 0) return this.#error('address string too short');
    if (missing === 0 && this.#gap >= 0) return this.#error('the :: must expand to at least one field of zeros');
    if (missing === 0) return Uint8Array.from(this.#bytes);
    return Uint8Array.from([...this.#bytes.slice(0, this.#gap), ...Array<number>(missing).fill(0), ...this.#bytes.slice(this.#gap)]);
  }
}

/** Whether it is an IPv4 address in the clothes of an IPv6 one: `::ffff:192.0.2.1`. */
export const isMapped = ({ bytes }: Address): boolean =>
  bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);

/** In canonical form: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const [start, length] = longestZeros(groups);
  return length < 2 ? groupsText(groups) : `${groupsText(groups.slice(0, start))}::${groupsText(groups.slice(start + length))}`;
}

const groupsText = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':');

/** The first of the longest runs. */
function longestZeros(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}

/** What ASN.1 DER needs to write a certificate, and no more: nothing here reads DER. */
export const sequence = (...parts: Uint8Array[]) => tagged(0x30, ...parts);
export const set = (...parts: Uint8Array[]) => tagged(0x31, ...parts);
export const octetString = (content: Uint8Array) => tagged(0x04, content);
export const utf8String = (text: string) => tagged(0x0c, Buffer.from(text, 'utf8'));
export const boolean = (value: boolean) => tagged(0x01, Uint8Array.of(value ? 0xff : 0));

/** The bits of whole bytes, less `unused` bits at the end of the last one. */
export const bitString = (content: Uint8Array, unused = 0) => tagged(0x03, Uint8Array.of(unused), content);

/** Context tag [n] around whole elements (EXPLICIT). */
export const explicit = (n: number, ...parts: Uint8Array[]) => tagged(0xa0 | n, ...parts);

/** Context tag [n] in place of the tag of a primitive element (IMPLICIT). */
export const implicit = (n: number, content: Uint8Array) => tagged(0x80 | n, content);

/** A number that is not negative, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return (shortest[0] ?? 0) < 0x80 ? tagged(0x02, shortest) : tagged(0x02, Uint8Array.of(0), shortest);
}

/** `1.2.840.10045.2.1` */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime after; whole seconds, rounded down. */
export function time(at: Date): Uint8Array {
  const digits = `${at
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/\D/g, '')}Z`;
  return at.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function tagged(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag), length(content.length), content]);
}

function length(n: number): Uint8Array {
  if (n < 0x80) return Uint8Array.of(n);
  const bytes: number[] = [];
  for (let rest = n; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

function base128(n: number): number[] {
  const bytes = [n & 0x7f];
  for (let rest = n >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

export interface JsonLimits {
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
  /** Most members and elements in all. */
  readonly values: number;
}

/** The limit that a JSON text breaks, told from its bytes: parsing the worst 8 MiB takes seconds, scanning them milliseconds. */
export function excess(bytes: Uint8Array, limits: JsonLimits): 'TooDeep' | 'TooManyValues' | null {
  // So deep a text closes what it opens, so a shorter one cannot hold it; ordinary requests are not scanned.
  if (bytes.length <= 2 * limits.depth) return null;
  let depth = 0;
  let values = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case 0x22: // "
        i = closingQuote(bytes, i + 1);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > limits.depth) return 'TooDeep';
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        if (++values > limits.values) return 'TooManyValues';
        break;
    }
  }
  return null;
}

function closingQuote(bytes: Uint8Array, from: number): number {
  let i = from;
  while (i < bytes.length && bytes[i] !== 0x22) i += bytes[i] === 0x5c ? 2 : 1;
  return i;
}

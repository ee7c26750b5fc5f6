import { Double, toInt } from './value.ts';
import type { Value } from './value.ts';

/**
 * Reads JSON as the API server does for CEL: a number without fraction and exponent is an int, if 64 bits hold it, any other a double.
 * Where no number of the text needs that care, it is plain JSON. Throws SyntaxError.
 */
export function readCelJson(text: string): Value {
  if (!needsCare.test(text)) return JSON.parse(text) as Value;
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? exactNumber(context.source, value) : value,
  ) as Value;
}

/**
 * A number that JavaScript would take for another: `1.0`, `1e3`, or of 16 digits and more. A text inside a string may look like one too:
 * that only costs time.
 */
const needsCare = /(?:^|[:,[])\s*-?(?:[0-9]{16}[0-9.eE+-]*|[0-9]+\.(?:0+|[0-9]{15,})|[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+)\s*(?:[,}\]]|$)/;

function exactNumber(source: string, value: number): Value {
  if (!/^-?[0-9]+$/.test(source)) return new Double(value);
  if (Number.isSafeInteger(value)) return value;
  return (source.length <= 20 ? toInt(BigInt(source)) : undefined) ?? new Double(value);
}

import { Double, toInt } from '../../src/cel/value.ts';

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** JSON whose numbers are written again as they stood. */
export const parseRaw = (text: string): unknown => parseNumbers(text, rawJSON);

/** JSON as the API server reads it: `1` is an int of 64 bits, `1.0` and `1e0` are doubles. */
export const parseValues = (text: string): unknown =>
  parseNumbers(text, (source) =>
    /[.eE]/.test(source) ? new Double(Number(source)) : (toInt(BigInt(source)) ?? new Double(Number(source))),
  );

function parseNumbers(text: string, number: (source: string) => unknown): unknown {
  return parse(text, (_key, value, { source }) => (typeof value === 'number' && source !== undefined ? number(source) : value));
}

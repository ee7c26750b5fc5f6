import { CelError } from '../value.ts';

/** What is said of a format that ends within a clause. */
export const CUT = 'unexpected end of string';

export type Letter = 's' | 'd' | 'f' | 'e' | 'b' | 'o' | 'x' | 'X';

/** One clause of a format: `%s`, `%.3f`. */
export interface Clause {
  readonly letter: Letter;
  readonly precision: number;
  /** Which argument it takes. */
  readonly index: number;
}

/** What a clause says of an argument that it does not take. */
export const refusal = (letter: Letter, type: string): string => `${refusals[letter]}, was given ${type}`;

const hexOnly = 'only integers, byte buffers, and strings can be formatted as hex';

const refusals: Readonly<Record<Letter, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  o: 'octal clause can only be used on integers',
  x: hexOnly,
  X: hexOnly,
};

/** Texts and clauses of a format in order; an error, which ends it, stands where it is found. `count` is how many arguments there are. */
export function* parseFormat(text: string, count: number): Generator<string | Clause | CelError, void> {
  let [at, index] = [0, 0];
  while (at < text.length) {
    const mark = text.indexOf('%', at);
    if (mark > at || mark === -1) yield text.slice(at, mark === -1 ? text.length : mark);
    if (mark === -1) return;
    if (text[mark + 1] === '%') {
      yield '%';
      at = mark + 2;
      continue;
    }
    const read = readClause(text, mark + 1, index, count);
    yield isClause(read) ? read[0] : read;
    if (!isClause(read)) return;
    [at, index] = [read[1], index + 1];
  }
}

const isClause = (read: readonly [Clause, number] | CelError): read is readonly [Clause, number] => !(read instanceof CelError);

function readClause(text: string, at: number, index: number, count: number): readonly [Clause, end: number] | CelError {
  if (index >= count) return new CelError(`index ${index} out of range`);
  if (at >= text.length) return new CelError(CUT);
  const precision = text[at] === '.' ? readPrecision(text, at + 1) : { precision: 6, end: at };
  if (precision instanceof CelError) return precision;
  const letter = text[precision.end] ?? '';
  if (!isLetter(letter)) return unparsed(`unrecognized formatting clause "${firstByte(text, precision.end)}"`);
  return [{ letter, precision: precision.precision, index }, precision.end + 1];
}

const isLetter = (letter: string): letter is Letter => Object.hasOwn(refusals, letter);

/** Go reads formats by bytes. */
const firstByte = (text: string, at: number): string => String.fromCharCode(Buffer.from(text.slice(at, at + 2))[0] ?? 0);

const MAX = (1n << 63n) - 1n;

function readPrecision(text: string, from: number): { precision: number; end: number } | CelError {
  let end = from;
  while (end < text.length && /[0-9]/.test(text.charAt(end))) end++;
  if (end === text.length) return badPrecision('could not find end of precision specifier');
  const number = text.slice(from, end);
  if (number === '') return badPrecision(`error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax`);
  if (BigInt(number) > MAX)
    return badPrecision(`error while converting precision to integer: strconv.Atoi: parsing "${number}": value out of range`);
  return { precision: Number(BigInt.asIntN(32, BigInt(number))), end };
}

const badPrecision = (why: string): CelError => unparsed(`error while parsing precision: ${why}`);
const unparsed = (why: string): CelError => new CelError(`could not parse formatting clause: ${why}`);

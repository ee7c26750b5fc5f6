import type { Overload } from '../function.ts';
import { goQuote } from '../go-quote.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, int, opaque, string } from '../type.ts';
import { CelError, isError, toInt } from '../value.ts';
import type { Opaque, Value } from '../value.ts';
import { compareText } from '../order.ts';
import { costs, global, method } from './declare.ts';

const type = opaque('kubernetes.Semver');

/** A version of Semantic Versioning 2; what follows `+` is not kept: nothing reads it. */
class Semver implements Opaque {
  readonly opaque = 'kubernetes.Semver';
  /** Major, minor, patch. */
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly (string | bigint)[];
  constructor(numbers: readonly bigint[], prerelease: readonly (string | bigint)[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof Semver ? compare(this, other) === 0 : new CelError('no such overload');
  }
}

const size = costs(([text]) => traversal(sizeOf(text ?? null)));

/** Kubernetes' functions of versions. */
export const semvers: readonly Overload[] = [
  global('semver', [string], type, parse, size),
  global('semver', [string, bool], type, read, size),
  global('isSemver', [string], bool, (text: string) => !isError(parse(text)), size),
  global('isSemver', [string, bool], bool, (text: string, isLoose: boolean) => !isError(read(text, isLoose)), size),
  method('isGreaterThan', [type, type], bool, (left: Semver, right: Semver) => compare(left, right) > 0),
  method('isLessThan', [type, type], bool, (left: Semver, right: Semver) => compare(left, right) < 0),
  method('compareTo', [type, type], int, compare),
  method('major', [type], int, (version: Semver) => part(version, 0)),
  method('minor', [type], int, (version: Semver) => part(version, 1)),
  method('patch', [type], int, (version: Semver) => part(version, 2)),
];

/** Upstream makes the unsigned number a signed one, whatever it is. */
const part = ({ numbers }: Semver, index: number): Value => toInt(BigInt.asIntN(64, numbers[index] ?? 0n)) ?? null;

function read(text: string, isLoose: boolean): Semver | CelError {
  const strict = isLoose ? normalized(text) : text;
  return isError(strict) ? strict : parse(strict);
}

/** Without a leading `v` and leading zeros, and filled up to three numbers. */
function normalized(text: string): string | CelError {
  const parts = threeParts(text.replace(/^v/, '')).map(withoutZeros);
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return new CelError('short version cannot contain PreRelease/Build meta data');
  return [...parts, '0', '0'].slice(0, 3).join('.');
}

function withoutZeros(text: string): string {
  if (Buffer.byteLength(text) < 2) return text;
  const rest = text.replace(/^0+/, '');
  return /^\d/.test(rest) ? rest : `0${rest}`;
}

/** At most three: the third has whatever dots follow. */
function threeParts(text: string): readonly string[] {
  const [major = '', minor, ...rest] = text.split('.');
  if (minor === undefined) return [major];
  return rest.length === 0 ? [major, minor] : [major, minor, rest.join('.')];
}

function parse(text: string): Semver | CelError {
  if (text === '') return new CelError('Version string empty');
  const [major, minor, last] = threeParts(text);
  if (major === undefined || minor === undefined || last === undefined) return new CelError('No Major.Minor.Patch elements found');
  const [body, build] = cut(last, '+');
  const [patch, prerelease] = cut(body, '-');
  const numbers = [number('Major', major), number('Minor', minor), number('Patch', patch)];
  const wrong = numbers.find(isError);
  if (wrong !== undefined) return wrong;
  const identifiers = prerelease?.split('.').map(identifier) ?? [];
  const refused =
    identifiers.find(isError) ??
    build
      ?.split('.')
      .map(buildError)
      .find((error) => error !== undefined);
  return refused ?? new Semver(numbers as bigint[], identifiers as (string | bigint)[]);
}

function cut(text: string, mark: string): readonly [before: string, after: string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const MAX = (1n << 64n) - 1n;

function number(name: string, text: string): bigint | CelError {
  if (!/^\d*$/.test(text)) return new CelError(`Invalid character(s) found in ${name.toLowerCase()} number ${goQuote(text)}`);
  if (/^0./.test(text)) return new CelError(`${name} number must not contain leading zeroes ${goQuote(text)}`);
  return unsigned(text);
}

function unsigned(text: string): bigint | CelError {
  if (text === '') return new CelError('strconv.ParseUint: parsing "": invalid syntax');
  if (text.length <= 20 && BigInt(text) <= MAX) return BigInt(text);
  return new CelError(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
}

function identifier(text: string): string | bigint | CelError {
  if (text === '') return new CelError('Prerelease is empty');
  if (!/^[0-9A-Za-z-]*$/.test(text)) return new CelError(`Invalid character(s) found in prerelease ${goQuote(text)}`);
  if (!/^\d*$/.test(text)) return text;
  if (/^0./.test(text)) return new CelError(`Numeric PreRelease version must not contain leading zeroes ${goQuote(text)}`);
  return unsigned(text);
}

function buildError(text: string): CelError | undefined {
  if (text === '') return new CelError('Build meta data is empty');
  return /^[0-9A-Za-z-]*$/.test(text) ? undefined : new CelError(`Invalid character(s) found in build meta data ${goQuote(text)}`);
}

function compare(left: Semver, right: Semver): number {
  for (const [index, one] of left.numbers.entries()) {
    const other = right.numbers[index] ?? 0n;
    if (one !== other) return one < other ? -1 : 1;
  }
  if (left.prerelease.length === 0 || right.prerelease.length === 0) return Math.sign(right.prerelease.length - left.prerelease.length);
  return comparePrereleases(left.prerelease, right.prerelease);
}

function comparePrereleases(left: readonly (string | bigint)[], right: readonly (string | bigint)[]): number {
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(one, other);
    if (order !== 0) return order;
  }
  return left.length === right.length ? 0 : -1;
}

/** A number comes before a word. */
function compareIdentifiers(left: string | bigint, right: string | bigint): number {
  if (typeof left === 'string') return typeof right === 'string' ? compareText(left, right) : 1;
  if (typeof right === 'string' || left < right) return -1;
  return left === right ? 0 : 1;
}

import { formatDouble, formatPlain } from '../format-double.ts';
import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, bytes, double, duration, dyn, int, parameter, string, timestamp, typeOf, uint } from '../type.ts';
import type { Type } from '../type.ts';
import { CelError, Double, Duration, isError, toInt, TypeValue, Uint } from '../value.ts';
import type { Timestamp, Value } from '../value.ts';
import { valueType } from '../value-type.ts';
import { global } from './declare.ts';
import { SECOND, timestampOf } from './instant.ts';
import { readDuration } from './read-duration.ts';
import { readDouble, readInt, readUint } from './read-number.ts';
import { notConverted, readTimestamp, timestampText } from './read-timestamp.ts';

const A = parameter('A');
const whole = { knownCost: ([value = null]: readonly Value[]): number => traversal(sizeOf(value)) };
const same = (value: Value): Value => value;

/** Functions that are named for a type. One that fails on a constant is refused when the expression is compiled. */
export const conversions: readonly Overload[] = [
  global('type', [A], typeOf(A), (value: Value) => new TypeValue(valueType(value)), { unguarded: true }),
  global('dyn', [A], dyn, same, { unguarded: true }),
  conversion(bool, bool, same),
  conversion(string, bool, stringToBool),
  conversion(bytes, bytes, same),
  conversion(string, bytes, (text: string) => new TextEncoder().encode(text), whole),
  conversion(double, double, same),
  conversion(int, double, (value: number | bigint) => new Double(Number(value))),
  conversion(string, double, (text: string) => made(readDouble(text), (value) => new Double(value), 'double')),
  conversion(uint, double, ({ value }: Uint) => new Double(Number(value))),
  conversion(duration, duration, same),
  conversion(int, duration, () => notConverted('int', 'google.protobuf.Duration')),
  conversion(string, duration, (text: string) => made(readDuration(text), (nanos) => new Duration(nanos), 'google.protobuf.Duration')),
  conversion(int, int, same),
  conversion(double, int, doubleToInt),
  conversion(duration, int, ({ nanos }: Duration) => toInt(nanos) ?? overflow()),
  conversion(string, int, (text: string) => made(readInt(text), (value) => toInt(value) ?? overflow(), 'int')),
  conversion(timestamp, int, ({ seconds }: Timestamp) => seconds),
  conversion(uint, int, ({ value }: Uint) => toInt(value) ?? overflow()),
  conversion(string, string, same),
  conversion(bool, string, String),
  conversion(bytes, string, bytesToString, whole),
  conversion(double, string, ({ value }: Double) => formatDouble(value)),
  conversion(duration, string, durationText),
  conversion(int, string, String),
  conversion(timestamp, string, timestampText),
  conversion(uint, string, ({ value }: Uint) => String(value)),
  conversion(timestamp, timestamp, same),
  conversion(int, timestamp, (seconds: number | bigint) => timestampOf(Number(seconds), 0)),
  conversion(string, timestamp, (text: string) => made(readTimestamp(text), same, 'google.protobuf.Timestamp')),
  conversion(uint, uint, same),
  conversion(double, uint, doubleToUint),
  conversion(int, uint, (value: number | bigint) => (value < 0 ? unsignedOverflow() : new Uint(BigInt(value)))),
  conversion(string, uint, (text: string) => made(readUint(text), (value) => new Uint(value), 'uint')),
];

function conversion(from: Type, to: Type, evaluate: (...args: never[]) => Value, rest: Partial<Overload> = {}): Overload {
  const constant: Overload['constant'] = ([value]) => {
    const result = value === undefined ? null : (evaluate as Overload['evaluate'])(value);
    return isError(result) ? result.message : null;
  };
  return global(to.kind, [from], to, evaluate, { constant, ...rest });
}

function made<T>(read: T | undefined, make: (read: T) => Value, to: string): Value {
  return read === undefined ? notConverted('string', to) : make(read);
}

function stringToBool(text: string): Value {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : notConverted('string', 'bool');
}

function doubleToInt({ value }: Double): Value {
  if (!(value > -(2 ** 63) && value < 2 ** 63)) return overflow();
  return toInt(BigInt(Math.trunc(value))) ?? overflow();
}

function doubleToUint({ value }: Double): Value {
  return value >= 0 && value < 2 ** 64 ? new Uint(BigInt(Math.trunc(value))) : unsignedOverflow();
}

function bytesToString(value: Uint8Array): Value {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

/** Seconds as a double has them, as Go writes them. */
function durationText({ nanos }: Duration): Value {
  return `${formatPlain(Number(nanos / SECOND) + Number(nanos % SECOND) / 1e9)}s`;
}

const overflow = (): CelError => new CelError('integer overflow');
const unsignedOverflow = (): CelError => new CelError('unsigned integer overflow');

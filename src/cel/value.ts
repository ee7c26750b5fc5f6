import type { JsonObject } from '../kube/json.ts';

/**
 * A value at run time. JSON is a value as it is, without conversion:
 * an int is a `number` where that is a safe integer, else a `bigint`; a double is always a `Double`; a map is a plain object with string keys
 * or a `MapValue`; a list is an array. A raw JSON number with a fraction is made a `Double` where it is read out of its object (`fromJson`).
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Double
  | Uint
  | Uint8Array
  | Timestamp
  | Duration
  | readonly Value[]
  | JsonObject
  | MapValue
  | TypeValue
  | Optional
  | Opaque
  | Fields
  | CelError;

/** What an evaluation gives instead of a value. It is returned, never thrown, since `||` and `&&` may absorb it. */
export class CelError {
  /** As cel-go words it: `no such key: x`, `no such overload`. */
  readonly message: string;
  /** Spent: the cost limit; Pending: a fact is needed that has still to be fetched. Both end the whole evaluation. */
  readonly code: 'Spent' | 'Pending' | null;
  constructor(message: string, code: CelError['code'] = null) {
    this.message = message;
    this.code = code;
  }
}

export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** An unsigned 64-bit integer. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** An instant; years 1 to 9999. */
export class Timestamp {
  /** Since the epoch. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
  /** Minutes east of UTC that the text had: `string()` keeps them, getters do not. */
  readonly offset: number;
  constructor(seconds: number, nanos: number, offset = 0) {
    this.seconds = seconds;
    this.nanos = nanos;
    this.offset = offset;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** What `type(x)` gives. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class Optional {
  /** Undefined: none. */
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export type MapKey = string | boolean | number | bigint;

/** A map that the expression made. An int, uint or whole double of one number is one key, hence the key beside its value. */
export class MapValue {
  readonly entries: ReadonlyMap<MapKey, readonly [key: Value, value: Value]>;
  constructor(entries: ReadonlyMap<MapKey, readonly [Value, Value]>) {
    this.entries = entries;
  }
}

/** A value that only its own library knows: a quantity, an address, an authorizer. */
export interface Opaque {
  /** As in its static type: `kubernetes.Quantity`. */
  readonly opaque: string;
  /** What costs are reckoned by, where the type has a size. */
  readonly size?: number;
  equals(other: Opaque): boolean | CelError;
}

/** A struct whose fields are worked out when they are first asked for: `variables`. */
export interface Fields {
  field(name: string): Value | undefined;
}

export const isError = (value: unknown): value is CelError => value instanceof CelError;

/** Normal form of an integer: every int of one number is one JavaScript value. Undefined where it does not fit 64 bits. */
export function toInt(value: bigint): number | bigint | undefined {
  if (value >= MIN_SAFE && value <= MAX_SAFE) return Number(value);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** A member of a JSON object or array as a value: only numbers that are no safe integers need anything. */
export function fromJson(member: Value): Value {
  if (typeof member !== 'number' || Number.isSafeInteger(member)) return member;
  return Number.isInteger(member) ? (toInt(BigInt(member)) ?? new Double(member)) : new Double(member);
}

import { mapEntries } from './equality.ts';
import type { Value } from './value.ts';
import { isList, isMap } from './value-type.ts';

/** How long a function takes beyond what its cost says, in units of 40 ns: measured, on the slow side. */
export interface Strain {
  /** Of a call, whatever its arguments. */
  readonly call: number;
  /** For each UTF-16 unit of a text that is an argument. */
  readonly unit: number;
  /** For each element of a list that is an argument. */
  readonly element: number;
  /** Whether elements of elements count as well: the whole of it is written out. */
  readonly deep?: boolean;
  /** Whether each element of a list is compared with each of the other, or of itself where it is the only one. */
  readonly pairs?: boolean;
  /** Whether the result says how many keys of a map were counted. */
  readonly counts?: boolean;
}

/** `arity` 0: the call is prepared. */
export const strainOf = (name: string, arity: number): Strain => {
  if (zoned.has(name) && arity === 2) return { ...usual, call: 500 };
  // A pattern that is no constant is compiled anew, unless it is among the last ones.
  if (known[name] === pattern && arity > 0) return { ...pattern, call: 1000 };
  return { ...usual, ...known[name] };
};

/** What a value that a function is given, or has made, adds. */
export function strainBy(value: Value, strain: Strain): number {
  if (typeof value === 'string') return value.length < 16 ? 0 : value.length * strain.unit;
  if (!Array.isArray(value)) return 0;
  return strain.deep === true ? deepStrain(value as readonly Value[], strain) : value.length * strain.element;
}

/** What elements add that are compared with each other: before it is done, since the cost of the call is counted after it. */
export function strainOfPairs([left = null, right = left]: readonly Value[], strain: Strain): number {
  if (strain.pairs !== true || !isList(left) || !isList(right)) return 0;
  // What has no parts is found in a set, where the list is compared with itself.
  if (left === right && left.every((item) => typeof item !== 'object')) return 0;
  return (left.length * deepStrain(right, parts)) / 2;
}

/** The same for the result of a call on one argument. */
export function strainOfResult(value: Value, result: Value, strain: Strain): number {
  const counted = strain.counts === true && typeof result === 'number' && typeof value === 'object' && !Array.isArray(value);
  return counted ? result * 3 : strainBy(result, strain);
}

function deepStrain(value: Value, strain: Strain): number {
  if (typeof value === 'string') return strain.element + value.length * strain.unit;
  if (isList(value)) return value.reduce<number>((sum, item) => sum + deepStrain(item, strain), strain.element);
  if (!isMap(value)) return strain.element;
  return mapEntries(value).reduce((sum, [key, item]) => sum + deepStrain(key, strain) + deepStrain(item, strain), strain.element);
}

const usual: Strain = { call: 0, unit: 1 / 8, element: 4 };
const parts: Strain = { call: 0, unit: 0, element: 1 };
const none: Strain = { call: 0, unit: 0, element: 0 };
const pattern: Strain = { call: 15, unit: 4, element: 4 };

const known: Readonly<Record<string, Partial<Strain>>> = {
  dyn: none,
  type: none,
  first: none,
  last: none,
  startsWith: none,
  endsWith: none,
  'optional.of': none,
  'optional.ofNonZeroValue': none,
  size: { element: 0, counts: true },
  slice: { element: 1 / 4 },
  distinct: { pairs: true },
  'sets.contains': { pairs: true },
  'sets.equivalent': { pairs: true },
  'sets.intersects': { pairs: true },
  '_+_': { unit: 1 / 32, element: 1 },
  matches: pattern,
  find: pattern,
  findAll: pattern,
  timestamp: { call: 40 },
  duration: { call: 100 },
  string: { call: 5 },
  format: { call: 40, unit: 1 / 2, element: 10, deep: true },
  quantity: { call: 20 },
  isQuantity: { call: 20 },
  semver: { call: 40 },
  isSemver: { call: 40 },
  ip: { call: 20 },
  isIP: { call: 20 },
  cidr: { call: 40 },
  isCIDR: { call: 40 },
  url: { call: 400 },
  isURL: { call: 400 },
};

const zoned: ReadonlySet<string> = new Set(
  ['FullYear', 'Month', 'DayOfYear', 'DayOfMonth', 'Date', 'DayOfWeek', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'].map(
    (part) => `get${part}`,
  ),
);

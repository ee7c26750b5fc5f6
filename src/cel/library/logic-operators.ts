import { equal } from '../equality.ts';
import type { Overload } from '../function.ts';
import { lookUp, missing } from '../member.ts';
import { bool, int, list, map, optional, parameter } from '../type.ts';
import { CelError, Optional } from '../value.ts';
import type { Value } from '../value.ts';
import { global } from './declare.ts';

const [A, B] = [parameter('A'), parameter('B')];

/** Operators that the evaluator knows itself: rows for the checker. What `evaluate` gives holds for arguments that are no errors. */
export const logicOperators: readonly Overload[] = [
  global('_?_:_', [bool, A, A], A, (condition: boolean, yes: Value, no: Value) => (condition ? yes : no)),
  global('_&&_', [bool, bool], bool, (left: boolean, right: boolean) => left && right),
  global('_||_', [bool, bool], bool, (left: boolean, right: boolean) => left || right),
  global('!_', [bool], bool, (value: boolean) => !value),
  global('_==_', [A, A], bool, equal),
  global('_!=_', [A, A], bool, (left: Value, right: Value) => equal(left, right) !== true),
  global('_[_]', [list(A), int], A, at),
  global('_[_]', [map(A, B), A], B, at),
  global('_[_]', [optional(list(A)), int], optional(A), atOptional),
  global('_[_]', [optional(map(A, B)), A], optional(B), atOptional),
  global('_[?_]', [list(A), int], optional(A), optionalAt),
  global('_[?_]', [optional(list(A)), int], optional(A), atOptional),
  global('_[?_]', [map(A, B), A], optional(B), optionalAt),
  global('_[?_]', [optional(map(A, B)), A], optional(B), atOptional),
];

function at(from: Value, key: Value): Value {
  const found = lookUp(from, key);
  return found === undefined ? missing(from, key) : found;
}

function optionalAt(from: Value, key: Value): Value {
  const found = lookUp(from, key);
  return found instanceof CelError ? found : new Optional(found);
}

function atOptional({ value }: Optional, key: Value): Value {
  return value === undefined ? new Optional(undefined) : optionalAt(value, key);
}

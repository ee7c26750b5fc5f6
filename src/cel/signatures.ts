import type { Overload } from './function.ts';
import { bool, bytes, double, duration, int, list, map, optional, parameter, string, timestamp, uint } from './type.ts';
import type { Type } from './type.ts';

/** What the checker reads of an overload. */
export type Signature = Pick<Overload, 'name' | 'member' | 'args' | 'result'>;

const [a, k, v] = [parameter('A'), parameter('K'), parameter('V')];

const global = (name: string, args: readonly Type[], result: Type): Signature => ({ name, member: false, args, result });

/** What is syntax to the evaluator and a call to cel-go's checker: operators, and the calls that its macros become. */
export const SIGNATURES: ReadonlyMap<string, readonly Signature[]> = Map.groupBy(
  [
    global('_&&_', [bool, bool], bool),
    global('_||_', [bool, bool], bool),
    global('_?_:_', [bool, a, a], a),
    global('_[_]', [list(a), int], a),
    global('_[_]', [map(k, v), k], v),
    global('_[_]', [optional(list(v)), int], optional(v)),
    global('_[_]', [optional(map(k, v)), k], optional(v)),
    global('_[?_]', [list(v), int], optional(v)),
    global('_[?_]', [optional(list(v)), int], optional(v)),
    global('_[?_]', [map(k, v), k], optional(v)),
    global('_[?_]', [optional(map(k, v)), k], optional(v)),
    global('cel.@mapInsert', [map(k, v), k, v], map(k, v)),
    global('cel.@mapInsert', [map(k, v), map(k, v)], map(k, v)),
    ...[int, uint, double, bool, duration, timestamp, string, bytes].map((key) => ({
      name: '@sortByAssociatedKeys',
      member: true,
      args: [list(a), list(key)],
      result: list(a),
    })),
  ],
  ({ name }) => name,
);

import {
  bool,
  bytes,
  double,
  duration,
  int,
  list,
  map,
  nullType,
  object,
  opaque,
  parameter,
  string,
  timestamp,
  typeOf,
  uint,
} from './type.ts';
import type { Type } from './type.ts';

/** Types that an expression may name, to compare what `type()` gives with. `dyn` is only a function. */
export const TYPE_NAMES: ReadonlyMap<string, Type> = new Map(
  (
    [
      ['bool', bool],
      ['bytes', bytes],
      ['double', double],
      ['int', int],
      ['list', list(parameter('A'))],
      ['map', map(parameter('A'), parameter('B'))],
      ['null_type', nullType],
      ['string', string],
      ['type', object('type')],
      ['uint', uint],
      ['duration', duration],
      ['timestamp', timestamp],
      ['google.protobuf.Duration', duration],
      ['google.protobuf.Timestamp', timestamp],
      ['optional_type', object('optional_type')],
      ['net.IP', opaque('net.IP')],
      ['net.CIDR', opaque('net.CIDR')],
    ] as const
  ).map(([name, type]) => [name, typeOf(type)]),
);

/** Whether the API server's evaluator does not know a type that its checker does. */
export const isUnusable = (name: string): boolean => name === 'timestamp' || name === 'duration' || name.startsWith('kubernetes.');

import { bool, bytes, double, duration, dyn, int, list, map, nullType, object, opaque, string, timestamp, typeOf, uint } from './type.ts';
import type { Type } from './type.ts';

/** Types that an expression may name, to compare what `type()` gives with. `timestamp`, `duration` and `dyn` are only functions. */
export const TYPE_NAMES: ReadonlyMap<string, Type> = new Map(
  (
    [
      ['bool', bool],
      ['bytes', bytes],
      ['double', double],
      ['int', int],
      ['list', list(dyn)],
      ['map', map(dyn, dyn)],
      ['null_type', nullType],
      ['string', string],
      ['type', object('type')],
      ['uint', uint],
      ['google.protobuf.Duration', duration],
      ['google.protobuf.Timestamp', timestamp],
      ['optional_type', object('optional_type')],
      ['net.IP', opaque('net.IP')],
      ['net.CIDR', opaque('net.CIDR')],
    ] as const
  ).map(([name, type]) => [name, typeOf(type)]),
);

import { CelError } from '../value.ts';
import type { Value } from '../value.ts';
import { valueType } from '../value-type.ts';

/** The error of an operator for a first argument that it cannot take, or that takes no such second one: cel-go has two wordings. */
export function refuse(operator: string, first: Value): CelError {
  const type = valueType(first);
  const known = receivers.has(type) || (operands[operator]?.has(type) ?? false);
  return new CelError(known ? 'no such overload' : `no such overload: ${operator}`);
}

/** Types that look for a method of that name before they refuse. */
const receivers: ReadonlySet<string> = new Set(['string', 'google.protobuf.Timestamp', 'google.protobuf.Duration']);

const ordered: ReadonlySet<string> = new Set(['bool', 'bytes', 'double', 'int', 'uint']);

const operands: Readonly<Record<string, ReadonlySet<string>>> = {
  '_+_': new Set(['bytes', 'double', 'int', 'list', 'uint']),
  '_-_': new Set(['double', 'int', 'uint']),
  '_*_': new Set(['double', 'int', 'uint']),
  '_/_': new Set(['double', 'int', 'uint']),
  '_%_': new Set(['int', 'uint']),
  '-_': new Set(['bool', 'double', 'int']),
  '_<_': ordered,
  '_<=_': ordered,
  '_>_': ordered,
  '_>=_': ordered,
};

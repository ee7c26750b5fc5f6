import type { Environment } from '../../src/cel/environment.ts';
import { bool, bytes, double, duration, dyn, int, list, map, nullType, string, timestamp, uint } from '../../src/cel/type.ts';
import type { Type } from '../../src/cel/type.ts';
import type { Variable } from './conformance-cases.ts';
import { allFunctions } from './judged.ts';

/** Kubernetes' functions, and the variables of one case. */
export function declaredEnvironment(variables: readonly Variable[]): Environment {
  return { functions: allFunctions, objects: new Map(), variables: new Map(variables.map(({ name, type }) => [name, readType(type)])) };
}

const plain: Readonly<Record<string, Type>> = { bool, bytes, double, int, string, uint, null_type: nullType, 'google.protobuf.Duration': duration, 'google.protobuf.Timestamp': timestamp }; // prettier-ignore

/** A type as `typeName` prints it. */
function readType(text: string): Type {
  const [, kind, inner = ''] = /^(list|map)\((.*)\)$/.exec(text) ?? [];
  if (kind === 'list') return list(readType(inner));
  const [key = '', value = ''] = inner.split(', ');
  return kind === 'map' ? map(readType(key), readType(value)) : (plain[text] ?? dyn);
}

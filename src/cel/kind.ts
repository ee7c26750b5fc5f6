import { mapEntries } from './equality.ts';
import type { Type } from './type.ts';
import { Double, Duration, fromJson, Optional, Timestamp, TypeValue, Uint } from './value.ts';
import type { Value } from './value.ts';
import { isList, isMap, isOpaque } from './value-type.ts';

/** Whether a value may be passed where that type is asked for. As in cel-go, a list or a map is judged by its first element. */
export type KindTest = (value: Value) => boolean;

/** The test of a static type, made once per overload. */
export function kindTest(type: Type): KindTest {
  switch (type.kind) {
    case 'list':
      return listTest(type.element);
    case 'map':
      return mapTest(type.key, type.value);
    case 'opaque':
    case 'object':
      return opaqueTest(type.name);
    default:
      return simple[type.kind];
  }
}

/** Whether every value passes. */
export const fitsAll = (type: Type): boolean => type.kind === 'dyn' || type.kind === 'parameter';

const simple: Readonly<Record<Exclude<Type['kind'], 'list' | 'map' | 'opaque' | 'object'>, KindTest>> = {
  dyn: () => true,
  parameter: () => true,
  null: (value) => value === null,
  bool: (value) => typeof value === 'boolean',
  int: (value) => typeof value === 'number' || typeof value === 'bigint',
  uint: (value) => value instanceof Uint,
  double: (value) => value instanceof Double,
  string: (value) => typeof value === 'string',
  bytes: (value) => value instanceof Uint8Array,
  timestamp: (value) => value instanceof Timestamp,
  duration: (value) => value instanceof Duration,
  type: (value) => value instanceof TypeValue,
};

function listTest(element: Type): KindTest {
  if (fitsAll(element)) return isList;
  const test = kindTest(element);
  return (value) => isList(value) && (value.length === 0 || test(fromJson(value[0] ?? null)));
}

function mapTest(key: Type, value: Type): KindTest {
  if (fitsAll(key) && fitsAll(value)) return isMap;
  const [keyTest, valueTest] = [kindTest(key), kindTest(value)];
  return (map) => {
    if (!isMap(map)) return false;
    const [first] = mapEntries(map);
    return first === undefined || (keyTest(first[0]) && valueTest(first[1]));
  };
}

function opaqueTest(name: string): KindTest {
  if (name === 'optional_type') return (value) => value instanceof Optional;
  return (value) => isOpaque(value) && value.opaque === name;
}

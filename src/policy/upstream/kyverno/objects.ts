import { global } from '../../../cel/library/declare.ts';
import type { Overload } from '../../../cel/function.ts';
import { dyn, list, map, object, string } from '../../../cel/type.ts';
import type { Type } from '../../../cel/type.ts';
import type { Value } from '../../../cel/value.ts';
import { CelError, MapValue } from '../../../cel/value.ts';
import { isObject } from '../../../kube/json.ts';

const ACCOUNT = 'user.ServiceAccount';

/** Fields of the objects that Kyverno's functions and variables give. */
export const kyvernoObjects: ReadonlyMap<string, ReadonlyMap<string, Type>> = new Map([
  [ACCOUNT, new Map<string, Type>([['Name', string], ['Namespace', string]])],
  ['libs.Exception', new Map<string, Type>([['allowedImages', list(string)], ['allowedValues', list(string)]])],
]); // prettier-ignore

/** Kyverno's functions that turn one shape into another. */
export const objectLibrary: readonly Overload[] = [
  ...['listObjToMap', 'transform.listObjToMap'].map((name) =>
    global(name, [list(dyn), list(dyn), string, string], map(string, dyn), listsToMap),
  ),
  global('parseServiceAccount', [string], object(ACCOUNT), parseServiceAccount),
];

function listsToMap(keys: readonly Value[], values: readonly Value[], keyName: string, valueName: string): Value {
  if (keys.length !== values.length)
    return new CelError(`listObjToMap must take lists of equal length. list1: ${keys.length}, list2: ${values.length}`);
  const entries = new Map<string, readonly [Value, Value]>();
  for (const [index, holder] of keys.entries()) {
    const key = member(holder, keyName);
    if (typeof key !== 'string') return new CelError('the passed key name cannot be handled as a string in the key object list');
    entries.set(key, [key, member(values[index] ?? null, valueName)]);
  }
  return new MapValue(entries);
}

function member(value: Value, name: string): Value {
  if (value instanceof MapValue) return value.entries.get(name)?.[1] ?? null;
  return isObject(value) && Object.hasOwn(value, name) ? ((value as Record<string, Value>)[name] ?? null) : null;
}

/** `system:serviceaccount:NAMESPACE:NAME`; of anybody else both are empty. */
function parseServiceAccount(username: string): Value {
  const [, namespace = '', name = ''] = /^system:serviceaccount:([^:]*):([^:]*)$/.exec(username) ?? [];
  return { Name: name, Namespace: namespace };
}

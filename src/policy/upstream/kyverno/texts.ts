import { global, method } from '../../../cel/library/declare.ts';
import type { Overload } from '../../../cel/function.ts';
import { bytes, dyn, opaque, string } from '../../../cel/type.ts';
import type { Opaque, Value } from '../../../cel/value.ts';
import { CelError, Double, MapValue, fromJson } from '../../../cel/value.ts';
import { canonical } from '../../../kube/canonical.ts';
import type { Json, JsonObject } from '../../../kube/json.ts';
import { isObject } from '../../../kube/json.ts';
import { readDocuments } from '../../../yaml/read.ts';

/** `json` and `yaml` are names of values whose methods read and write. */
export const jsonType = opaque('kyverno.json');
export const yamlType = opaque('kyverno.yaml');
export const json = namespace('kyverno.json');
export const yaml = namespace('kyverno.yaml');

/** Kyverno's readers and writers of texts. */
export const textLibrary: readonly Overload[] = [
  method('unmarshal', [jsonType, dyn], dyn, (_json: Opaque, text: Value) =>
    typeof text === 'string' ? parsedJson(text) : new CelError('no such overload'),
  ),
  method('marshal', [jsonType, dyn], string, (_json: Opaque, value: Value) => written(value)),
  method('parse', [yamlType, string], dyn, (_yaml: Opaque, text: string) => parsedYaml(text)),
  global('base64.encode', [bytes], string, (data: Uint8Array) => Buffer.from(data).toString('base64')),
  global('base64.decode', [string], bytes, decoded),
];

function namespace(name: string): Opaque {
  return { opaque: name, equals: () => true };
}

function parsedJson(text: string): Value {
  try {
    return fromJson(JSON.parse(text) as Json);
  } catch {
    return new CelError('the text is no JSON');
  }
}

function parsedYaml(text: string): Value {
  const [first] = readDocuments(text);
  if (first === undefined) return null;
  return 'error' in first ? new CelError(`the text is no YAML: ${first.error.message}`) : fromJson(first.value);
}

function decoded(text: string): Value {
  const plain = text.replace(/=+$/, '');
  return /^[A-Za-z0-9+/]*$/.test(plain) && plain.length % 4 !== 1
    ? new Uint8Array(Buffer.from(plain, 'base64'))
    : new CelError('illegal base64 data');
}

function written(value: Value): Value {
  const plain = toJson(value);
  return plain instanceof CelError ? plain : canonical(plain);
}

/** A value as JSON; what has no place there is an error. */
function toJson(value: Value): Json | CelError {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Double) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return all((value as readonly Value[]).map(toJson));
  if (value instanceof MapValue) return ofEntries([...value.entries.values()]);
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
    return ofEntries(Object.entries(value).map(([key, member]) => [key, member ?? null]));
  return new CelError('the value cannot be written as JSON');
}

function ofEntries(entries: readonly (readonly [Value, Value])[]): Json | CelError {
  const object: JsonObject = {};
  for (const [key, member] of entries) {
    const plain = toJson(member);
    if (plain instanceof CelError || typeof key !== 'string')
      return plain instanceof CelError ? plain : new CelError('a key of JSON is a text');
    object[key] = plain;
  }
  return object;
}

function all(items: readonly (Json | CelError)[]): Json | CelError {
  return items.find((item) => item instanceof CelError) ?? (items as Json[]);
}

import { isObject } from '../../kube/json.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import type { Fields, FieldType, Schemas } from '../../kube/schema.ts';
import { valueTypes } from '../../kube/value-type.ts';

/**
 * The schemas of every kind in documents of OpenAPI v3 as an API server publishes them, without all that is neither the name nor the type of a field.
 * @param version of Kubernetes: `v1.36.3`.
 */
export function compactSchemas(version: string, documents: readonly Json[]): Schemas {
  const all = new Map(documents.flatMap((document) => Object.entries(at(document, 'components', 'schemas'))));
  const kinds: Record<string, Record<string, string>> = {};
  const types: Record<string, Fields> = {};
  for (const [name, schema] of [...all].toSorted(byName)) {
    const gvk = gvkOf(schema);
    if (gvk === null) continue;
    const type = named(name);
    if (typeof type === 'string') (kinds[gvk.apiVersion] ??= {})[gvk.kind] = type;
  }
  return { version, kinds: sorted(kinds), types: sorted(types) };

  /** The name of a type, after its fields were noted; the fields themselves are noted once, also where a type holds itself. */
  function named(name: string): FieldType {
    const short = shortened(name);
    if (Object.hasOwn(types, short)) return short;
    // To OpenAPI it is a text or a number like any other.
    if (short === 'api.resource.Quantity') return valueTypes.quantity;
    const schema = all.get(name);
    if (!isObject(schema) || !isObject(schema['properties'])) return isObject(schema) ? typeOf(schema) : 0;
    types[short] = {};
    types[short] = fieldsOf(schema);
    return short;
  }

  function typeOf(schema: Json | undefined): FieldType {
    if (!isObject(schema)) return 0;
    const [whole] = Array.isArray(schema['allOf']) ? schema['allOf'] : [schema];
    const reference = isObject(whole) ? whole['$ref'] : undefined;
    if (typeof reference === 'string') return named(reference.slice(reference.lastIndexOf('/') + 1));
    if (schema['type'] === 'array') return [typeOf(schema['items'])];
    const fields = fieldsOf(schema);
    if (Object.keys(fields).length === 0) return plainType(schema);
    return Object.keys(fields).every((field) => field === '*' && fields[field] === 0) ? 0 : fields;
  }

  function fieldsOf(schema: JsonObject): Fields {
    const properties = Object.entries(at(schema, 'properties')).map(([field, inside]) => [field, typeOf(inside)] as const);
    const free = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['additionalProperties'] === true;
    const more = isObject(schema['additionalProperties']) ? typeOf(schema['additionalProperties']) : 0;
    return Object.fromEntries([...properties, ...(free || isObject(schema['additionalProperties']) ? [['*', more] as const] : [])]);
  }
}

/** A type to a line, so that a new version is a difference of lines. */
export function schemasText({ version, kinds, types }: Schemas): string {
  return `{"version":${JSON.stringify(version)},\n"kinds":{\n${lines(kinds)}},\n"types":{\n${lines(types)}}}\n`;
}

const lines = (rows: object): string =>
  Object.entries(rows)
    .map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`)
    .join(',\n');

function plainType(schema: JsonObject): number {
  const { type, format } = schema;
  if (schema['x-kubernetes-int-or-string'] === true) return valueTypes.anyIntOrText;
  if (format === 'int-or-string') return valueTypes.intOrText;
  if (type === 'string') return format === 'byte' ? valueTypes.base64 : format === 'date-time' ? valueTypes.time : valueTypes.text;
  if (type === 'integer') return format === 'int32' ? valueTypes.int32 : valueTypes.int64;
  return type === 'boolean' ? valueTypes.boolean : type === 'number' ? valueTypes.number : valueTypes.any;
}

/** Of a kind that stands in a manifest: options and events of the API itself carry the kinds of every group, and lists are taken apart. */
function gvkOf(schema: Json | undefined): { apiVersion: string; kind: string } | null {
  const gvks = isObject(schema) ? schema['x-kubernetes-group-version-kind'] : undefined;
  const [gvk] = Array.isArray(gvks) && gvks.length === 1 ? gvks : [];
  if (!isObject(gvk) || Object.hasOwn(at(schema, 'properties'), 'items')) return null;
  const { group, version, kind } = gvk;
  if (typeof group !== 'string' || typeof version !== 'string' || typeof kind !== 'string') return null;
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

const shortened = (name: string): string => name.replace(/^io\.k8s\.(api\.|apimachinery\.pkg\.(apis\.)?|.*\.pkg\.apis\.)?/, '');

/** What stands under these keys, or nothing. */
function at(value: Json | undefined, ...keys: readonly string[]): JsonObject {
  const found = keys.reduce<Json | undefined>((inside, key) => (isObject(inside) ? inside[key] : undefined), value);
  return isObject(found) ? found : {};
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> => Object.fromEntries(Object.entries(record).toSorted(byName));

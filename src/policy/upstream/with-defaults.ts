import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';

/** A value with the defaults of its schema, as the API server fills them in: only inside objects that are there. */
export function withDefaults(value: Json, schema: Json | undefined): Json {
  if (!isObject(schema)) return value;
  if (Array.isArray(value)) return value.map((item) => withDefaults(item, schema['items']));
  if (!isObject(value)) return value;
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const filled: JsonObject = { ...value };
  for (const [key, property] of Object.entries(properties)) {
    const present = Object.hasOwn(value, key) ? value[key] : undefined;
    const given = present ?? (isObject(property) ? property['default'] : undefined);
    if (given !== undefined) filled[key] = withDefaults(given, property);
  }
  return filled;
}

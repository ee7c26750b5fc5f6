import type { TSchema } from 'typebox';
import { isObject } from '../../kube/json.ts';
import type { Json, JsonObject } from '../../kube/json.ts';

/** One x-kubernetes-validations entry: what a schema alone cannot say. */
export interface Validation {
  readonly rule: string;
  readonly message: string;
}

/** Validations by the path of the schema they stand on: `spec.rules[]`. */
export type Validations = Readonly<Record<string, readonly Validation[]>>;

/**
 * A JSON Schema as the structural OpenAPI v3 of a CRD. A closed object keeps unknown fields, so that we can refuse them by name: the API
 * server would drop them in silence. Defaults go into the description, so that what is stored is what was written.
 * @param open whether closed objects keep what they do not know
 */
export function structural(schema: TSchema, path: string, validations: Validations, open = true): JsonObject {
  const source = schema as unknown as JsonObject;
  const { additionalProperties, patternProperties, properties, items, default: value, description, ...rest } = source;
  const rules = validations[path];
  return {
    ...(description !== undefined && {
      description: value === undefined ? description : `${text(description)} Default: ${text(value)}.`,
    }),
    ...(source['enum'] !== undefined && { type: 'string' }),
    ...rest,
    ...(isObject(properties) &&
      Object.keys(properties).length > 0 && {
        properties: mapValues(properties, (child, key) => structural(schemaOf(child), `${path}.${key}`, validations, open)),
      }),
    ...(items !== undefined && { items: structural(schemaOf(items), `${path}[]`, validations, open) }),
    ...(isObject(patternProperties) && {
      additionalProperties: structural(schemaOf(Object.values(patternProperties)[0]), `${path}{}`, validations, open),
    }),
    ...((keepsUnknown(additionalProperties, open) || isAnything(source)) && { 'x-kubernetes-preserve-unknown-fields': true }),
    ...(source['type'] === 'integer' && { format: 'int64' }),
    ...(rules && { 'x-kubernetes-validations': rules.map((rule) => ({ ...rule })) }),
  };
}

const keepsUnknown = (additional: Json | undefined, open: boolean): boolean => additional === true || (additional === false && open);

/** Without a type a value may be anything. */
const isAnything = ({ type, enum: values }: JsonObject): boolean => type === undefined && values === undefined;

const schemaOf = (value: Json | undefined): TSchema => value as unknown as TSchema;

const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

const mapValues = (object: JsonObject, map: (value: Json | undefined, key: string) => Json): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../../kube/json.ts';

/** The part of a JSON Schema that values are documented with. */
export interface ValueSchema {
  readonly description?: string;
  readonly default?: Json;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
}

/** Folder of the chart, relative to the checkout. */
export const chart = 'charts/sallyport';

/** The schema of the chart's values: the one source of their names, defaults and descriptions. */
export async function readChartSchema(root: string): Promise<ValueSchema> {
  return JSON.parse(await readFile(join(root, chart, 'values.schema.json'), 'utf8')) as ValueSchema;
}

/** Whether the schema is a group of values, not one value. */
export const isGroup = (schema: ValueSchema): schema is ValueSchema & { properties: Readonly<Record<string, ValueSchema>> } =>
  schema.default === undefined && schema.properties !== undefined;

import { mapEntries } from './equality.ts';
import { formatDouble } from './format-double.ts';
import { Double, fromJson, Optional, TypeValue, Uint } from './value.ts';
import type { Value } from './value.ts';
import { isList, isMap, valueType } from './value-type.ts';

/** A value as cel-go shows it in its messages: strings without quotes, lists and maps in full. */
export function valueText(value: Value): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Double) return formatDouble(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Optional) return value.value === undefined ? 'optional.none()' : `optional(${valueText(value.value)})`;
  if (isList(value)) return `[${value.map((item) => valueText(fromJson(item))).join(', ')}]`;
  if (isMap(value))
    return `{${mapEntries(value)
      .map(([key, item]) => `${valueText(key)}: ${valueText(item)}`)
      .join(', ')}}`;
  return valueType(value);
}

import { codePointCount } from './code-points.ts';
import { MapValue, Optional } from './value.ts';
import type { Value } from './value.ts';
import { isOpaque, valueType } from './value-type.ts';

/** What `size()` counts, and what costs are reckoned by: 1 for whatever has no size. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return codePointCount(value);
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (value instanceof MapValue) return value.entries.size;
  if (value instanceof Optional) return value.value === undefined ? 1 : sizeOf(value.value);
  if (isOpaque(value)) return value.size ?? 1;
  return valueType(value) === 'map' ? Object.keys(value).length : 1;
}

/** Cost of going once through something of that size: a tenth of a unit for each element, rounded up. */
export const traversal = (size: number): number => Math.ceil(size * 0.1);

/** The same of a text: up to ten units, nothing need be counted. */
export const textTraversal = (text: string): number => (text.length <= 10 ? Math.min(text.length, 1) : traversal(codePointCount(text)));

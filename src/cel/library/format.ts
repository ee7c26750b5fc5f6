import { mapEntries } from '../equality.ts';
import type { Overload } from '../function.ts';
import { goQuote } from '../go-quote.ts';
import { compareText } from '../order.ts';
import { sizeOf, traversal } from '../size.ts';
import { stringOf } from '../string-of.ts';
import { dyn, list, string } from '../type.ts';
import { CelError, Double, Duration, fromJson, isError, Timestamp, Uint } from '../value.ts';
import type { Value } from '../value.ts';
import { isList, isMap, valueType } from '../value-type.ts';
import { checkFormat } from './format-check.ts';
import { parseFormat, refusal } from './format-clause.ts';
import type { Clause } from './format-clause.ts';
import { fixedDouble, scientificDouble } from './format-number.ts';
import { method } from './declare.ts';

type Text = string | CelError;

/** `string.format` as cel-go had it before version 4 of its strings extension. */
export const format: readonly Overload[] = [
  method('format', [string, list(dyn)], string, formatted, {
    knownCost: ([text]) => traversal(sizeOf(text ?? null)),
    check: checkFormat,
  }),
];

function formatted(text: string, args: readonly Value[]): Value {
  const parts: string[] = [];
  for (const part of parseFormat(text, args.length)) {
    if (isError(part)) return part;
    const written = typeof part === 'string' ? part : clauseText(part, fromJson(args[part.index] ?? null));
    if (isError(written)) return new CelError(`error during formatting: ${written.message}`);
    parts.push(written);
  }
  return parts.join('');
}

const refuse = (clause: Clause, value: Value): CelError => new CelError(refusal(clause.letter, valueType(value)));

function clauseText(clause: Clause, value: Value): Text {
  return writers[clause.letter](value, clause.precision) ?? refuse(clause, value);
}

/** Undefined where the clause does not take a value of that type. */
const writers: Readonly<Record<Clause['letter'], (value: Value, precision: number) => Text | undefined>> = {
  s: (value) => (isList(value) || isMap(value) ? nested(value) : value === null ? 'null' : stringClause(value)),
  d: (value) => (isInt(value) || value instanceof Uint ? stringOf(value) : undefined),
  f: (value, precision) => withDouble(value, (number) => fixedDouble(number, precision)),
  e: (value, precision) => withDouble(value, (number) => scientificDouble(number, precision)),
  b: (value) => (typeof value === 'boolean' ? String(Number(value)) : digits(value, 2)),
  o: (value) => digits(value, 8),
  x: (value) => digits(value, 16) ?? hex(value),
  X: (value) => (digits(value, 16) ?? hex(value))?.toUpperCase(),
};

function stringClause(value: Value): Text | undefined {
  const text = stringOf(value);
  return isError(text) ? new CelError(`could not convert argument "${text.message}" to string`) : text;
}

function withDouble(value: Value, write: (value: number) => string): string | undefined {
  if (value instanceof Double) return write(value.value);
  const named = typeof value === 'string' ? doubles[value] : undefined;
  return named === undefined ? undefined : write(named);
}

/** The only strings that stand for numbers. */
const doubles: Readonly<Record<string, number | undefined>> = { __proto__: null as never, NaN, Infinity, '-Infinity': -Infinity };

const isInt = (value: Value): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

function digits(value: Value, radix: number): string | undefined {
  if (value instanceof Uint) return value.value.toString(radix);
  return isInt(value) ? value.toString(radix) : undefined;
}

const hex = (value: Value): string | undefined =>
  typeof value === 'string' || value instanceof Uint8Array ? Buffer.from(value as string).toString('hex') : undefined;

/** Lists, maps and what they hold, as CEL literals. */
function nested(value: Value): Text {
  if (typeof value === 'string') return goQuote(value);
  if (isList(value)) return nestedList(value);
  if (value === null || typeof value === 'boolean' || isInt(value) || value instanceof Uint)
    return String(value instanceof Uint ? value.value : value);
  if (value instanceof Double) return nestedDouble(value.value);
  if (value instanceof Timestamp || value instanceof Duration)
    return `${value instanceof Timestamp ? 'timestamp' : 'duration'}(${goQuote(stringClause(value) as string)})`;
  if (isMap(value)) return nestedMap(value);
  const text = stringClause(value);
  if (text === undefined) return new CelError(`no formatting function for ${valueType(value)}`);
  return value instanceof Uint8Array && !isError(text) ? `b${goQuote(text)}` : text;
}

const nestedDouble = (value: number): string =>
  Number.isFinite(value)
    ? (value < 0 || Object.is(value, -0) ? '-' : '') + fixedDouble(Math.abs(value), 6).replaceAll(',', '')
    : (specials[String(value)] ?? '');

const specials: Readonly<Record<string, string>> = { NaN: '"NaN"', Infinity: '"+Inf"', '-Infinity': '"-Inf"' };

function nestedList(items: readonly Value[]): Text {
  const texts: string[] = [];
  for (const item of items) {
    const text = nested(fromJson(item));
    if (isError(text)) return text;
    texts.push(text);
  }
  return `[${texts.join(', ')}]`;
}

function nestedMap(value: Value): Text {
  const rows: (readonly [key: string, item: string])[] = [];
  for (const [key, item] of mapEntries(value)) {
    if (key instanceof Double) return new CelError('no formatting function for map key of type double');
    const [name, text] = [nested(key), nested(item)];
    if (isError(name)) return name;
    if (isError(text)) return text;
    rows.push([name, text]);
  }
  rows.sort(([left], [right]) => compareText(left, right));
  return `{${rows.map(([key, item]) => `${key}:${item}`).join(', ')}}`;
}

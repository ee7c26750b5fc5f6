import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import { formatPath, parsePath } from '../kube/field-path.ts';
import type { Step } from '../kube/field-path.ts';
import type { Json } from '../kube/json.ts';
import { isObject } from '../kube/json.ts';
import { nearestWord } from '../kube/nearest-word.ts';
import { kindOf } from '../kube/pod-shape.ts';

/** Every fault of a file is named, not the first eight. */
Settings.Set({ maxErrors: 200 });

/** One thing wrong in a policy document, and where. */
export interface Fault {
  /** Field path inside the document. */
  readonly path: string;
  /** What was expected and, where one is near, the right word. */
  readonly message: string;
  /** Of an expression: its line, and a caret under the place. */
  readonly pointer?: readonly string[];
}

/** What of `value` does not fit `schema`, in words: unknown fields, missing ones, wrong types and values. Paths start with `root`. */
export function schemaFaults(schema: TSchema, value: Json, root = ''): Fault[] {
  if (isFaultless(schema, value)) return [];
  const errors = Errors(schema, value);
  const faults = errors.flatMap((error) => {
    const steps = stepsOf(error.instancePath, value);
    return describeError(error, schema, value, steps).map(({ key, message }) => ({
      path: formatPath([...parsePath(root), ...steps, ...(key === undefined ? [] : [key])]),
      message,
    }));
  });
  // What has no words of its own must not pass for it.
  if (faults.length === 0 && errors.length > 0) return [{ path: root, message: 'this has not the form that is expected here' }];
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

function describeError(error: { readonly keyword: string }, schema: TSchema, value: Json, steps: readonly Step[]): Described[] {
  // Of an unknown field it is told twice. Told once, it must not pass either: the library stops after a number of errors.
  if (error.keyword === 'boolean') return [{ message: unknownField(schemaAt(schema, steps.slice(0, -1)), String(steps.at(-1))) }];
  return describe[error.keyword]?.(error as unknown as SchemaError, at(value, steps), schemaAt(schema, steps)) ?? [];
}

/** Values of one schema after which it pays to compile it: that takes as long as to walk a hundred values. */
const MANY = 100;
const checkers = new WeakMap<TSchema, { seen: number; check: ((value: Json) => boolean) | null }>();

/** A quick yes for the ten thousandth document; a no, or not known yet, is for the walk that names each fault. */
function isFaultless(schema: TSchema, value: Json): boolean {
  const checker = checkers.get(schema) ?? { seen: 0, check: null };
  checkers.set(schema, checker);
  checker.seen += 1;
  if (checker.seen <= MANY) return false;
  if (checker.check === null) {
    const compiled = Compile(schema);
    checker.check = (candidate) => compiled.Check(candidate);
  }
  return checker.check(value);
}

interface SchemaError {
  readonly params: Record<string, unknown>;
}
interface Described {
  readonly key?: string;
  readonly message: string;
}

const describe: Record<string, (error: SchemaError, value: Json | undefined, schema: Record<string, unknown>) => Described[]> = {
  additionalProperties: ({ params }, _value, schema) =>
    (params['additionalProperties'] as string[]).map((key) => ({ key, message: unknownField(schema, key) })),
  required: ({ params }, _value, schema) =>
    (params['requiredProperties'] as string[]).map((key) => ({ message: `the field "${key}" is required${allowed(schema, key)}` })),
  type: ({ params }, value) => [{ message: `${article(String(params['type']))} is expected, not ${kindOf(value)}` }],
  enum: ({ params }, value) => {
    const values = (params['allowedValues'] as unknown[]).map(String);
    const hint = value === false && values.includes('Off') ? '; YAML reads a bare Off as false, so write "Off"' : suggestion(value, values);
    return [{ message: `one of ${values.join(', ')} is expected, not ${kindOf(value)}${hint}` }];
  },
  pattern: (_error, value, schema) => [{ message: `${kindOf(value)} is not valid: ${String(schema['description'] ?? schema['pattern'])}` }],
  minItems: () => [{ message: 'at least one item is expected' }],
  minLength: () => [{ message: 'a text that is not empty is expected' }],
};

const unknownField = (schema: Record<string, unknown>, key: string): string =>
  `unknown field "${key}"${suggestion(key, Object.keys((schema['properties'] as object | undefined) ?? {}))}`;

/** `; did you mean "privileged"?`, or nothing where no candidate is near. */
export function suggestion(word: unknown, candidates: Iterable<string>): string {
  const near = typeof word === 'string' ? nearestWord(word, candidates) : null;
  return near === null ? '' : `; did you mean "${near}"?`;
}

function allowed(schema: Record<string, unknown>, key: string): string {
  const field = (schema['properties'] as Record<string, { enum?: unknown[] }> | undefined)?.[key];
  return field?.enum ? `: one of ${field.enum.join(', ')}` : '';
}

const article = (type: string): string =>
  ({ array: 'a list', object: 'an object', integer: 'a whole number', boolean: 'true or false' })[type] ?? `a ${type}`;

/** A JSON pointer says the same for `0` as a key and as an index; the value knows. */
function stepsOf(pointer: string, value: Json): Step[] {
  const steps: Step[] = [];
  let current: Json | undefined = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    steps.push(Array.isArray(current) ? Number(key) : key);
    current = at(current, steps.slice(-1));
  }
  return steps;
}

function at(value: Json | undefined, steps: readonly Step[]): Json | undefined {
  let current = value;
  for (const step of steps)
    current = Array.isArray(current) ? current[Number(step)] : isObject(current) ? current[String(step)] : undefined;
  return current;
}

function schemaAt(schema: TSchema, steps: readonly Step[]): Record<string, unknown> {
  let current = schema as Record<string, unknown>;
  for (const step of steps) {
    const next = typeof step === 'number' ? current['items'] : (current['properties'] as Record<string, unknown> | undefined)?.[step];
    current = (next ?? {}) as Record<string, unknown>;
  }
  return current;
}

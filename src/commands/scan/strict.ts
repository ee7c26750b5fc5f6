import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isObject } from '../../kube/json.ts';
import type { JsonObject } from '../../kube/json.ts';
import { listItems } from '../../kube/list.ts';
import { nearestWord } from '../../kube/nearest-word.ts';
import { fieldFaults, typeOf } from '../../kube/schema.ts';
import type { Schemas, UnknownField, WrongValue } from '../../kube/schema.ts';
import { valueInWords } from '../../kube/value-type.ts';
import { duplicateKeys } from '../../yaml/duplicate-keys.ts';
import { locator } from '../../yaml/locate.ts';
import { positions } from '../../yaml/position.ts';
import type { Position } from '../../yaml/position.ts';
import type { YamlDocument } from '../../yaml/read.ts';
import { FlagError } from '../flags.ts';
import { codeOf } from './input.ts';
import { notForKubectl } from './not-for-kubectl.ts';

/** What the API server would not keep as it is written. */
export interface StrictFault extends Position {
  /** Inside the document; null of a key that stands twice. */
  readonly path: string | null;
  readonly message: string;
}

/** Names what is refused in a document that can be read. */
export type Strict = (text: string, document: YamlDocument) => readonly StrictFault[];

export interface StrictFlags {
  readonly strict?: boolean | undefined;
  readonly schemas?: readonly string[] | undefined;
}

/** What `--strict` asks for, by the schemas of Kubernetes and of the files that `--schemas` names; null without it. @throws FlagError */
export async function strictBy(flags: StrictFlags, cwd: string): Promise<Strict | null> {
  if (flags.schemas !== undefined && !flags.strict) throw new FlagError('--schemas says what --strict goes by; give --strict too');
  if (!flags.strict) return null;
  const { default: shipped } = await import('../../kube/schemas/v1.36.json', { with: { type: 'json' } });
  const named = (flags.schemas ?? []).map((path) => readSchemas(path, cwd));
  return strictly([...named.toReversed(), shipped as unknown as Schemas]);
}

/** Goes by the first of the schemas that hold a kind. A kind of a group that none of them knows is somebody's custom resource, and passes. */
export function strictly(schemas: readonly [...Schemas[], Schemas]): Strict {
  let last = { text: '', position: positions('') };
  return (text, document) => {
    if (last.text !== text) last = { text, position: positions(text) };
    const objects = listItems(document.value).filter(({ value }) => notForKubectl(value) === null);
    if (objects.length === 0) return [];
    const repeated = duplicateKeys(text, document, last.position).map((place) => ({ ...place, path: null, message: repeats(place) }));
    const found = objects.flatMap(({ value, path }) =>
      isObject(value) ? faultsOf(value, schemas).map((fault) => ({ ...fault, path: joined(path, fault.path) })) : [],
    );
    if (found.length === 0) return repeated;
    const locate = locator(text, document, last.position);
    return [...repeated, ...found.map((fault) => ({ ...fault, ...locate(fault.path) }))].toSorted(byPlace);
  };
}

function faultsOf(object: JsonObject, schemas: readonly Schemas[]): { path: string; message: string }[] {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  for (const known of schemas) {
    const type = typeOf(known, apiVersion, kind);
    if (type !== null) return faultsBy(known, type, object);
  }
  const served = schemas.flatMap(({ kinds }) => (Object.hasOwn(kinds, apiVersion) ? Object.keys(kinds[apiVersion] ?? {}) : []));
  if (served.length === 0 || kind.endsWith('List')) return [];
  return [
    {
      path: 'kind',
      message: `Kubernetes ${schemas.at(-1)?.version} has no kind ${kind} in ${apiVersion}${meant(nearestWord(kind, served))}`,
    },
  ];
}

function faultsBy(schemas: Schemas, type: string, object: JsonObject): { path: string; message: string }[] {
  const { unknown, wrong } = fieldFaults(schemas, type, object);
  const secret = object['kind'] === 'Secret';
  return [
    ...unknown.map((field) => ({ path: field.path, message: dropped(field, schemas) })),
    ...wrong.map((value) => ({ path: value.path, message: refused(value, schemas, secret) })),
  ];
}

const byPlace = (a: Position, b: Position): number => a.line - b.line || a.column - b.column;

const repeats = ({ key, firstLine }: { key: string; firstLine: number }): string =>
  `duplicate key "${key}": it stands in line ${firstLine} already, and only the last one counts; remove one`;

const dropped = ({ path, nearest }: UnknownField, { version }: Schemas): string =>
  `unknown field "${path}": Kubernetes ${version} drops it${meant(nearest)}`;

const refused = ({ path, value, expected }: WrongValue, { version }: Schemas, secret: boolean): string =>
  `wrong value of "${path}": ${expected} is expected, ${valueInWords(value, secret)} was found; Kubernetes ${version} refuses the object`;

const meant = (nearest: string | null): string => (nearest === null ? '' : `; did you mean ${nearest}?`);

const joined = (path: string, inside: string): string => (path === '' ? inside : `${path}.${inside}`);

function readSchemas(path: string, cwd: string): Schemas {
  const read = parsed(path, cwd);
  if (!isObject(read) || typeof read['version'] !== 'string' || !isObject(read['kinds']) || !isObject(read['types']))
    throw new FlagError(`--schemas ${path}: these are no schemas; make them with sallyport generate schemas --kubeconfig FILE`);
  return read as unknown as Schemas;
}

function parsed(path: string, cwd: string): unknown {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw new FlagError(`--schemas ${path}: the file cannot be read (${codeOf(error)})`, { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

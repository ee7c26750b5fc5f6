import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { FieldType, Schemas } from '../../src/kube/schema.ts';
import type { Effort, Measured } from './measure.ts';
import { median, spread } from './statistics.ts';

interface Peer {
  readonly program: string;
  /** How it is asked to judge the files; `scratch` is a folder of its own. */
  readonly argv: (files: readonly string[], scratch: string) => string[];
  /** What it does, beside what a scan does. */
  readonly does: string;
  /** What it leaves with where it has judged. */
  readonly code: number;
}

const peers: readonly Peer[] = [
  {
    program: 'kubeconform',
    argv: (files, scratch) => ['-strict', '-schema-location', writeSchemas(scratch), ...files],
    does: 'schemas only, those of Deployment and Service, made from the committed ones and read from a file: nothing is fetched',
    code: 0,
  },
  {
    program: 'kube-score',
    argv: (files) => ['score', '--output-format', 'ci', ...files],
    does: 'its own checks, no positions',
    code: 1,
  },
];

/** Other scanners on the same files, whole processes too: a row for each that is on the PATH. */
export async function besides(folder: string, scratch: string, { rounds }: Effort): Promise<Measured[]> {
  const files = readdirSync(folder).map((file) => join(folder, file));
  const measured: Measured[] = [];
  for (const { program, argv, does, code } of peers.filter(({ program: name }) => isOnPath(name))) {
    const seconds = await runs(program, argv(files, scratch), Math.min(rounds, 3), code);
    const what = `${program}, ${files.length.toLocaleString('en')} files`;
    measured.push({ what, value: median(seconds), unit: 's', budget: null, note: `${does}: ${spread(seconds)}` });
  }
  return measured;
}

const isOnPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));

async function runs(program: string, argv: readonly string[], rounds: number, wanted: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    const start = performance.now();
    const [code] = (await once(spawn(program, argv, { stdio: 'ignore' }), 'exit')) as [number | null];
    seconds.push((performance.now() - start) / 1000);
    if (code !== wanted) throw new Error(`${program} left with ${code}, though ${wanted} was expected`);
  }
  return seconds.slice(1);
}

/** Where kubeconform finds the schemas. */
function writeSchemas(scratch: string): string {
  const schemas = JSON.parse(readFileSync(new URL('../../src/kube/schemas/v1.36.json', import.meta.url), 'utf8')) as Schemas;
  const folder = join(scratch, 'schemas');
  mkdirSync(folder);
  for (const [apiVersion, kind] of [['apps/v1', 'Deployment'], ['v1', 'Service']] as const) {
    const type = schemas.kinds[apiVersion]?.[kind] ?? 0;
    writeFileSync(join(folder, `${kind.toLowerCase()}.json`), JSON.stringify({ ...jsonSchema(type, schemas), definitions: definitions(schemas) }));
  } // prettier-ignore
  return join(folder, '{{ .ResourceKind }}.json');
}

const definitions = (schemas: Schemas): object =>
  Object.fromEntries(Object.entries(schemas.types).map(([name, fields]) => [name, jsonSchema(fields, schemas)]));

const plain: Readonly<Record<number, object>> = { 1: { type: ['string', 'null'] }, 2: { type: ['boolean', 'null'] }, 3: { type: ['integer', 'null'] }, 4: { type: ['integer', 'null'] } }; // prettier-ignore

function jsonSchema(type: FieldType, schemas: Schemas): object {
  if (typeof type === 'string') return { $ref: `#/definitions/${type}` };
  if (typeof type === 'number') return plain[type] ?? {};
  if (isList(type)) return { type: ['array', 'null'], items: jsonSchema(type[0], schemas) };
  const { '*': more, ...fields } = type;
  const properties = Object.fromEntries(Object.entries(fields).map(([name, inside]) => [name, jsonSchema(inside, schemas)]));
  return { type: ['object', 'null'], properties, additionalProperties: more === undefined ? false : jsonSchema(more, schemas) };
}

const isList = (type: Exclude<FieldType, string | number>): type is readonly [FieldType] => Array.isArray(type);

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject } from '../../src/kube/json.ts';
import type { Json, JsonObject } from '../../src/kube/json.ts';
import { readDocuments } from '../../src/yaml/read.ts';
import { fileOf } from './cases.ts';
import type { Case } from './cases.ts';

/** The objects of a file up to the first fault, without their heads, and whether there is a fault. */
export interface Reading {
  readonly objects: readonly Json[];
  readonly refused: boolean;
}

/** Reads every case with a real kubectl, in one call. */
export async function readWithKubectl(kubectl: string, cases: readonly Case[]): Promise<Reading[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-yaml-'));
  try {
    await Promise.all(cases.map(({ text }, index) => writeFile(join(folder, `${nameOf(index)}.yaml`), fileOf(text, nameOf(index)))));
    const { stdout, stderr } = await run(kubectl, ['label', '--local', '--dry-run=client', '-o', 'json', '-f', folder, 'x=y']);
    const printed = objectsIn(stdout);
    return cases.map((_, index) => ({
      objects: printed.filter((object) => nameIn(object) === nameOf(index)).map(withoutHead),
      refused: stderr.includes(`${nameOf(index)}.yaml`),
    }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same from our reader. */
export function readOurselves({ text }: Case): Reading {
  const documents = readDocuments(fileOf(text, nameOf(0)));
  const fault = documents.findIndex((document) => 'error' in document);
  const read = (fault === -1 ? documents : documents.slice(0, fault)).flatMap((document) => ('value' in document ? [document.value] : []));
  return { objects: read.map(withoutHead), refused: fault !== -1 };
}

const nameOf = (index: number): string => `c${String(index).padStart(4, '0')}`;

const nameIn = (object: Json): Json | undefined =>
  isObject(object) && isObject(object['metadata']) ? object['metadata']['name'] : undefined;

/** kubectl ends with 1 when any file is refused, which is not a failure here. */
function run(command: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ stdout, stderr });
    });
  });
}

/** kubectl prints one object after another, or a List of them. */
function objectsIn(stdout: string): Json[] {
  const objects = stdout.trim() === '' ? [] : (JSON.parse(`[${stdout.trim().replaceAll(/\n\}\n\{/g, '\n},\n{')}]`) as JsonObject[]);
  return objects.flatMap((object) => (object['kind'] === 'List' && Array.isArray(object['items']) ? object['items'] : [object]));
}

function withoutHead(object: Json): Json {
  if (!isObject(object)) return object;
  return Object.fromEntries(Object.entries(object).filter(([key]) => !['apiVersion', 'kind', 'metadata'].includes(key)));
}

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CaseDocument } from '../../api/policy-test.ts';
import { gvkOf } from '../../engine/from-manifest.ts';
import type { Json, JsonObject } from '../../kube/json.ts';
import { isObject } from '../../kube/json.ts';
import { staleVersion } from '../../kube/workload.ts';
import type { FileError } from '../../policy/load.ts';
import { readDocuments } from '../../yaml/read.ts';
import { decode } from '../scan/decode.ts';
import { codeOf } from '../scan/input.ts';
import type { TestFile } from './find-tests.ts';

/** The object of a case, as it is written or in its file; else what is wrong, with a file where it lies in another one. */
export function objectOf({ object, file }: CaseDocument, test: TestFile): { object: JsonObject } | { problem: string } | FileError {
  if (file === undefined) return checked(object as JsonObject);
  const name = join(dirname(test.file), file);
  const bytes = read(resolve(dirname(test.path), file));
  if (typeof bytes === 'string') return { problem: `the file ${file} cannot be read (${bytes})` };
  const decoded = decode(name, bytes);
  if (!('text' in decoded)) return decoded;
  const [document, ...more] = readDocuments(decoded.text);
  if (document === undefined || more.length > 0)
    return { problem: `the file ${file} holds ${more.length === 0 ? 'no object' : 'more than one object'}` };
  if ('error' in document) return { file: name, line: document.error.line, column: document.error.column, message: document.error.message };
  return checked(document.value);
}

function read(path: string): Buffer | string {
  try {
    return readFileSync(path);
  } catch (error) {
    return codeOf(error);
  }
}

function checked(object: Json): { object: JsonObject } | { problem: string } {
  if (!isObject(object) || typeof object['apiVersion'] !== 'string' || typeof object['kind'] !== 'string')
    return { problem: 'an object has an apiVersion and a kind' };
  const stale = staleVersion(gvkOf(object));
  return stale === null ? { object } : { problem: stale };
}

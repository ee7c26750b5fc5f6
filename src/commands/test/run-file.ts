import { readFileSync } from 'node:fs';
import type { CaseDocument, GuardrailTestDocument } from '../../api/policy-test.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import type { FileError } from '../../policy/load.ts';
import { parseTime } from '../../kube/time.ts';
import { locator } from '../../yaml/locate.ts';
import type { YamlDocument } from '../../yaml/read.ts';
import { readDocuments } from '../../yaml/read.ts';
import type { Io } from '../io.ts';
import { decode } from '../scan/decode.ts';
import { codeOf, fault } from '../scan/input.ts';
import type { TestFile } from './find-tests.ts';
import { objectOf } from './object-of.ts';
import { policiesOf } from './policies-of.ts';
import type { Ran } from './run-case.ts';
import { runCase } from './run-case.ts';
import { isPolicyTest, testFaults } from './test-faults.ts';

/** A case that was judged. */
export interface CaseResult extends Ran {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** Number of its document in the file, and of the case in that, from 0. */
  readonly document: number;
  readonly index: number;
  readonly expects: CaseDocument['expect'];
}

/** All cases of a file. */
export interface FileResult {
  readonly test: TestFile;
  readonly text: string;
  readonly cases: readonly CaseResult[];
  /** Of each document. */
  readonly sets: readonly GuardrailSet[];
}

/**
 * Runs the cases of a file that are chosen.
 * @param errors learns what is broken in the file, or in what it names.
 * @returns null for a file that is no test of ours, or cannot be read.
 */
export function runFile(
  test: TestFile,
  chosen: (file: string, name: string) => boolean,
  io: Pick<Io, 'root' | 'now'>,
  errors: FileError[],
): FileResult | null {
  const text = textOf(test, errors);
  if (text === null) return null;
  const cases: CaseResult[] = [];
  const sets: GuardrailSet[] = [];
  const documents = readDocuments(text);
  if (documents.length === 0 && !test.found) errors.push(fault(test.file, 'the file holds no GuardrailTest'));
  for (const [index, document] of documents.entries()) {
    if ('error' in document) {
      const { line, column, message } = document.error;
      if (!test.found || text.includes('sallyport.dev/')) errors.push({ file: test.file, line, column, message });
    } else if (!test.found || isPolicyTest(document.value)) runDocument(document, index);
  }
  return sets.length === 0 ? null : { test, text, cases, sets };

  function runDocument(document: YamlDocument, number: number): void {
    const locate = locator(text ?? '', document);
    const place = (path: string): { line: number; column: number } => (path === '' ? { line: document.line, column: 1 } : locate(path));
    const faults = testFaults(document.value);
    errors.push(
      ...faults.map(({ path, message }) => ({ file: test.file, ...place(path), message: path === '' ? message : `${path}: ${message}` })),
    );
    if (faults.length > 0) return;
    const value = document.value as unknown as GuardrailTestDocument;
    const now = timeOf(value.now) ?? io.now().getTime();
    const set = policiesOf(test, value, now, { root: io.root, locate, errors });
    if (set === null) return;
    sets.push(set);
    for (const [index, given] of value.cases.entries()) {
      if (chosen(test.file, given.name)) keep(run(given, set, now), given, { document: number, index, ...locate(`cases[${index}]`) });
    }
  }

  function keep(ran: ReturnType<typeof run>, { name, expect: expects }: CaseDocument, place: Place): void {
    const { line, column, document, index } = place;
    if ('file' in ran) errors.push(ran);
    else if ('problem' in ran) errors.push({ file: test.file, line, column, message: `${name}: ${ran.problem}` });
    else cases.push({ ...ran, file: test.file, line, name, document, index, expects });
  }

  function run(given: CaseDocument, set: GuardrailSet, now: number): Ran | { problem: string } | FileError {
    const found = objectOf(given, test);
    return 'object' in found ? runCase(given, found.object, set, timeOf(given.now) ?? now) : found;
  }
}

type Place = Pick<CaseResult, 'document' | 'index' | 'line'> & { readonly column: number };

const timeOf = (time: string | undefined): number | null => (time === undefined ? null : parseTime(time));

function textOf({ file, path }: TestFile, errors: FileError[]): string | null {
  try {
    const decoded = decode(file, readFileSync(path));
    if ('text' in decoded) return decoded.text;
    errors.push(decoded);
  } catch (error) {
    errors.push(fault(file, `the file cannot be read (${codeOf(error)})`));
  }
  return null;
}

import { editFile } from '../../fix/edit-file.ts';
import type { Json } from '../../kube/json.ts';
import type { FileError } from '../../policy/load.ts';
import { codeOf, fault } from '../scan/input.ts';
import { writeWhole } from '../scan/write-whole.ts';
import type { Comparison } from './compare.ts';
import { differs } from './compare.ts';
import { hasFailed } from './run-case.ts';
import type { CaseResult, FileResult } from './run-file.ts';

/** Writes what came over what was expected and leaves all else as it is, comments too. @returns the file with the cases that still fail. */
export function updateFile(result: FileResult, errors: FileError[]): FileResult {
  const failed = result.cases.filter(hasFailed);
  if (failed.length === 0) return result;
  const cures = Map.groupBy(failed.flatMap(edits), ({ document }) => document);
  const { text, left } = editFile(result.text, cures);
  const unwritten = left.map(({ path, why }) => fault(result.test.file, `${path} cannot be written anew: ${why}`));
  errors.push(...(unwritten.length > 0 ? unwritten : write(result.test, text)));
  return unwritten.length > 0 ? result : { ...result, cases: result.cases.filter((one) => !hasFailed(one)) };
}

function write({ file, path }: FileResult['test'], text: string): FileError[] {
  try {
    writeWhole(path, text);
    return [];
  } catch (error) {
    return [fault(file, `the file cannot be written and stays as it was (${codeOf(error)})`)];
  }
}

interface Edit {
  readonly document: number;
  readonly path: string;
  readonly cure: { readonly set: Json; readonly class: 'safe' };
}

function edits({ document, index, comparisons, expects }: CaseResult): Edit[] {
  const path = `cases[${index}].expect`;
  const set = (at: string, value: Json): Edit => ({ document, path: at, cure: { set: value, class: 'safe' } });
  // A case that expects nothing yet need not list what there is none of.
  const wanted = comparisons
    .filter((comparison) => expects === undefined || differs(comparison))
    .map((one) => [one.what, valueOf(one)] as const);
  if (expects !== undefined) return wanted.map(([what, value]) => set(`${path}.${what}`, value));
  return [set(path, Object.fromEntries(wanted.filter(([, value]) => value.length > 0)))];
}

function valueOf({ what, kept, unexpected }: Comparison): string | string[] {
  const [verdict = ''] = unexpected;
  return what === 'verdict' ? verdict : [...kept, ...unexpected];
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BaselineDocument, KnownFinding } from '../../api/baseline.ts';
import { BaselineSchema } from '../../api/baseline.ts';
import { schemaFaults } from '../../policy/schema-faults.ts';
import { baselineText, findingKey, knownFinding, quietedByBaseline } from '../../report/known-findings.ts';
import type { Report, ReportError } from '../../report/report.ts';
import { locator } from '../../yaml/locate.ts';
import { readDocuments } from '../../yaml/read.ts';
import { FlagError } from '../flags.ts';
import type { Io } from '../io.ts';
import { decode } from './decode.ts';
import { codeOf, fault } from './input.ts';
import type { ScannedObject, Suppressible } from './suppress.ts';
import { writeWhole } from './write-whole.ts';

/** Flags about findings that are known already. */
export const baselineOptions = {
  baseline: { type: 'string' },
  'update-baseline': { type: 'boolean' },
  prune: { type: 'boolean' },
} as const;

export interface BaselineFlags {
  readonly baseline?: string | undefined;
  readonly 'update-baseline'?: boolean | undefined;
  readonly prune?: boolean | undefined;
  readonly 'changed-since'?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
}

/** Findings that are known, from `--baseline`. */
export interface Baseline {
  readonly holds: (object: ScannedObject, finding: Suppressible) => boolean;
  /** What is wrong with the file; then it holds nothing. */
  readonly errors: readonly ReportError[];
  /** Writes the file as the flags ask, and says what is in it that the report does not have. @throws FlagError */
  readonly settle: (report: Report, io: Pick<Io, 'stderr'>) => void;
}

export const noBaseline: Baseline = { holds: () => false, errors: [], settle: () => undefined };

/** @throws FlagError */
export function readBaseline(flags: BaselineFlags, cwd: string): Baseline {
  const { baseline: file, prune = false, 'update-baseline': update = false } = flags;
  if (file === undefined) {
    if (update || prune) throw new FlagError(`${update ? '--update-baseline' : '--prune'}: name the file with --baseline FILE`);
    return noBaseline;
  }
  const partial = partialFlag(flags);
  if (prune && partial !== null) throw new FlagError(`--prune would drop what ${partial} leaves out; leave out one of the two`);
  const path = resolve(cwd, file);
  const { findings, errors } = read(file, path, update);
  const known = new Set(findings.map(findingKey));
  const holds: Baseline['holds'] = (object, finding) => update || known.has(findingKey(knownFinding(object, finding)));
  return { holds, errors, settle };

  function settle(report: Report, { stderr }: Pick<Io, 'stderr'>): void {
    const met = quietedByBaseline(report.results);
    const metKeys = new Set(met.map(findingKey));
    const stale = [...known].filter((key) => !metKeys.has(key)).length;
    const writes = update || prune;
    if (writes && report.errors.length > 0) say(`${file} stays as it was: not all could be judged`);
    else if (writes) say(written(prune ? met : [...findings, ...met]));
    else if (stale > 0 && partial === null && report.errors.length === 0)
      say(`${stale} of the known findings in ${file} ${stale === 1 ? 'is' : 'are'} gone; --prune takes off what is`);

    function say(words: string): void {
      stderr(`sallyport scan: ${words}\n`);
    }
  }

  function written(kept: readonly KnownFinding[]): string {
    const keys = new Set(kept.map(findingKey));
    const added = [...keys].filter((key) => !known.has(key)).length;
    const dropped = known.size + added - keys.size;
    write(file ?? '', path, baselineText(kept));
    return `${file} holds ${keys.size} known findings: ${added} new, ${dropped} taken off`;
  }
}

/** A flag that leaves something unjudged. */
function partialFlag(flags: BaselineFlags): string | null {
  const name = (['changed-since', 'only', 'skip'] as const).find((flag) => flags[flag] !== undefined);
  return name === undefined ? null : `--${name}`;
}

function read(file: string, path: string, mayBeMissing: boolean): { findings: readonly KnownFinding[]; errors: readonly ReportError[] } {
  try {
    const decoded = decode(file, readFileSync(path));
    return 'text' in decoded ? parse(file, decoded.text) : { findings: [], errors: [decoded] };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && mayBeMissing) return { findings: [], errors: [] };
    const advice = codeOf(error) === 'ENOENT' ? 'no such file; --update-baseline makes it' : `it cannot be read (${codeOf(error)})`;
    throw new FlagError(`--baseline ${file}: ${advice}`, { cause: error });
  }
}

function parse(file: string, text: string): { findings: readonly KnownFinding[]; errors: readonly ReportError[] } {
  const [document, ...more] = readDocuments(text);
  if (document === undefined || more.length > 0) return { findings: [], errors: [fault(file, 'a baseline is one JSON document')] };
  if ('error' in document) {
    const { line, column, message } = document.error;
    return { findings: [], errors: [{ file, line, column, message }] };
  }
  const faults = schemaFaults(BaselineSchema, document.value);
  const locate = locator(text, document);
  const errors = faults.map(({ path, message }) => ({ file, ...locate(path), message: path === '' ? message : `${path}: ${message}` }));
  return { findings: errors.length > 0 ? [] : (document.value as BaselineDocument).findings, errors };
}

function write(file: string, path: string, text: string): void {
  try {
    writeWhole(path, text);
  } catch (error) {
    throw new FlagError(`--baseline ${file} cannot be written (${codeOf(error)})`, { cause: error });
  }
}

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { compile } from '../../src/cel/compile.ts';
import type { Environment } from '../../src/cel/environment.ts';
import type { Issue } from '../../src/cel/issue.ts';
import { Meter } from '../../src/cel/meter.ts';
import type { Bindings } from '../../src/cel/program.ts';
import { compileError } from '../../src/cel/render-issue.ts';
import { bool, nullType, string, typeName } from '../../src/cel/type.ts';
import type { Type } from '../../src/cel/type.ts';
import { isError } from '../../src/cel/value.ts';
import { canonical, typed } from './typed.ts';

/** A row of the tables: an expression, what it is judged with, and what the API server's CEL answers. */
export interface Row {
  readonly expression: string;
  readonly group?: string;
  readonly kind?: 'bool' | 'string' | 'audit';
  /** A set of bindings.json; default `create`. */
  readonly with?: string;
  /** Index of a random object that stands for that set's. */
  readonly object?: number;
  readonly answer: {
    readonly compileError?: string;
    readonly type?: string;
    readonly value?: unknown;
    readonly error?: string;
    readonly cost?: number;
    readonly variablesCost?: number;
  };
}

/** What a row is judged in. `spent` gives what the variables cost. */
export interface Judged {
  readonly environment: Environment;
  readonly bindings: Bindings;
  readonly spent: () => number;
}

/** The rows of a table. */
export const readLines = <T>(file: URL): T[] =>
  readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as T); // prettier-ignore

export const readRows = (file: URL): Row[] => readLines<Row>(file);

const PER_CALL = 1_000_000;
const expected: Readonly<Record<'bool' | 'string' | 'audit', readonly Type[]>> = {
  bool: [bool],
  string: [string],
  audit: [string, nullType],
};

/** In what our answer differs from the API server's: empty where it does not. */
export function differences({ expression, kind, answer }: Row, judged: Judged): string[] {
  const compiled = compile(expression, judged.environment, kind && expected[kind]);
  if (!compiled.ok) return compareIssues(expression, compiled.issues, answer.compileError);
  if (answer.compileError !== undefined) return [`compiles as ${typeName(compiled.program.type)}, should not: ${answer.compileError}`];
  const meter = new Meter(PER_CALL);
  const value = compiled.program.evaluate(judged.bindings, meter);
  if (answer.error?.startsWith('internal error') === true) return isError(value) ? [] : ['is no error, though the API server breaks down'];
  return [
    ...compare('type', typeName(compiled.program.type), answer.type),
    ...compare('error', isError(value) ? value.message : undefined, answer.error),
    ...(isError(value) || answer.error !== undefined ? [] : compare('value', typed(value), canonical(answer.value))),
    ...compare('cost', meter.cost, answer.cost),
    ...compare('cost of variables', judged.spent(), answer.variablesCost ?? 0),
  ];
}

function compare(what: string, ours: unknown, theirs: unknown): string[] {
  return isDeepStrictEqual(ours, theirs) ? [] : [`${what} ${JSON.stringify(ours)}, should be ${JSON.stringify(theirs)}`];
}

/** The wording of a syntax error is the parser generator's own: only that it is one is compared. */
function compareIssues(expression: string, issues: readonly Issue[], theirs: string | undefined): string[] {
  const ours = compileError(expression, issues);
  if (theirs === undefined) return [`does not compile, should: ${ours}`];
  return theirs.includes('Syntax error') ? [] : compare('compile error', ours, theirs);
}

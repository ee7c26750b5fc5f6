import { constantIssue } from './constant-issue.ts';
import { check } from './check.ts';
import type { Checked } from './check.ts';
import type { Environment } from './environment.ts';
import { plan } from './evaluate.ts';
import type { Expr } from './ast.ts';
import type { Issue } from './issue.ts';
import { parse } from './parser.ts';
import type { Compiled, Program } from './program.ts';
import { sameType } from './substitution.ts';
import { typeName } from './type.ts';
import type { Type } from './type.ts';

/**
 * Compiles an expression in an environment, or tells what is wrong with it: everything that the API server would, stage by stage
 * (syntax, types, the type of the whole, constants). `expected` has the types that the whole may have; absent: any.
 */
export function compile(source: string, environment: Environment, expected?: readonly Type[]): Compiled {
  const parsed = parse(source);
  if (!parsed.ok) return parsed;
  const result = check(parsed.expr, environment);
  if (!result.ok) return result;
  const { checked } = result;
  const unexpected = expected === undefined ? null : unexpectedType(source, checked.type, expected);
  const issue = unexpected ?? constantIssue(checked);
  return issue === null ? { ok: true, program: program(source, parsed.expr, checked) } : { ok: false, issues: [issue] };
}

function unexpectedType(source: string, type: Type, expected: readonly Type[]): Issue | null {
  if (expected.some((each) => sameType(each, type))) return null;
  const names = expected.map(typeName);
  const wanted = names.length === 1 ? names.join('') : `one of [${names.join(' ')}]`;
  const issue: Issue = { at: 0, message: `must evaluate to ${wanted} but got ${typeName(type)}`, whole: true };
  // The commonest: a field alone, whose type nobody knows.
  return type.kind === 'dyn' && wanted === 'bool' && PATH.test(source) ? { ...issue, hint: `${source.trim()} == true` } : issue;
}

const PATH = /^\s*[\w.]{1,100}\s*$/;

function program(source: string, expr: Expr, checked: Checked): Program {
  const constant = expr.kind === 'literal' ? expr.value : checked.constants.get(expr);
  const base = { source, type: checked.type, evaluate: plan(expr, checked) };
  return constant === undefined ? base : { ...base, constant };
}

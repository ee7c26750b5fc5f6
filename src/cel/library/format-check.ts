import type { Call, Expr } from '../ast.ts';
import type { Issue } from '../issue.ts';
import { typeName } from '../type.ts';
import type { Type } from '../type.ts';
import { CelError } from '../value.ts';
import { CUT, parseFormat, refusal } from './format-clause.ts';
import type { Clause, Letter } from './format-clause.ts';

type TypeOf = (expr: Expr) => Type;

/** What is wrong with a literal format and the list written beside it: clauses, their number, and the static types they get. */
export function checkFormat(call: Call, typeOf: TypeOf): Issue | null {
  const [list] = call.args;
  if (call.target?.kind !== 'literal' || typeof call.target.value !== 'string' || list?.kind !== 'list') return null;
  let taken = 0;
  const format = call.target.value;
  for (const part of parseFormat(format, list.items.length)) {
    if (typeof part === 'string') continue;
    const issue =
      part instanceof CelError
        ? { at: call.at, message: reason(part, format, taken) }
        : clauseIssue(part, list.items[part.index]?.value, typeOf);
    if (issue !== null) return issue;
    taken++;
  }
  const given = list.items.length;
  if (given <= taken) return null;
  return { at: call.at, message: `too many arguments supplied to string.format (expected ${taken}, got ${given})` };
}

/** Here the end of the text is looked for before an argument is. */
function reason(error: CelError, format: string, taken: number): string {
  const clauses = format.replaceAll('%%', '').split('%').length - 1;
  return format.endsWith('%') && clauses === taken + 1 ? CUT : error.message;
}

function clauseIssue({ letter }: Clause, argument: Expr | undefined, typeOf: TypeOf): Issue | null {
  const wrong = argument === undefined ? undefined : misfit(letter, argument, typeOf);
  if (wrong === undefined) return null;
  return { at: wrong.at, message: `error during formatting: ${refusal(letter, runtimeName(typeOf(wrong)))}` };
}

/** The expression whose type the clause does not take; of a literal list or map, also what is within. */
function misfit(letter: Letter, argument: Expr, typeOf: TypeOf): Expr | undefined {
  const { kind } = typeOf(argument);
  if (kind !== 'dyn' && !accepted[letter].includes(kind)) return argument;
  if (letter !== 's') return undefined;
  for (const part of parts(argument)) {
    const wrong = misfit('s', part, typeOf);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function parts(expr: Expr): readonly Expr[] {
  if (expr.kind === 'list') return expr.items.map(({ value }) => value);
  return expr.kind === 'map' ? expr.entries.flatMap(({ key, value }) => [key, value]) : [];
}

const integers: readonly Type['kind'][] = ['int', 'uint'];
const hexable: readonly Type['kind'][] = [...integers, 'string', 'bytes'];
const decimals: readonly Type['kind'][] = ['double', 'string'];

const accepted: Readonly<Record<Letter, readonly Type['kind'][]>> = {
  s: [...hexable, 'list', 'map', 'double', 'bool', 'timestamp', 'duration', 'type', 'null'],
  d: integers,
  f: decimals,
  e: decimals,
  b: [...integers, 'bool'],
  o: integers,
  x: hexable,
  X: hexable,
};

/** Without parameters: `list`, `optional_type`. */
function runtimeName(type: Type): string {
  if (type.kind === 'list' || type.kind === 'map' || type.kind === 'type') return type.kind;
  if (type.kind === 'null') return 'null_type';
  return type.kind === 'opaque' ? type.name : typeName(type);
}

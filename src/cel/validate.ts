import type { Call } from './ast.ts';
import { mixedLiteral } from './check-aggregate.ts';
import type { Checking } from './checking.ts';
import { callWith } from './dispatch.ts';
import type { Overload } from './function.ts';
import type { Issue } from './issue.ts';
import { isError } from './value.ts';

/** What the API server asks of an expression beyond its types, once these are final: literals of one type, valid constants. */
export function validate(checking: Checking): void {
  for (const literal of checking.literals) mixedLiteral(checking, literal, checking.typeOf);
  for (const [call, candidates] of checking.overloads) {
    const issue = badLiteral(call, candidates) ?? badCall(checking, call, candidates);
    if (issue !== null) checking.issues.push(issue);
  }
}

/** Functions whose literal argument the API server tries out, with its place in the error. */
const TRIED: ReadonlySet<string> = new Set(['duration', 'timestamp']);

function badLiteral({ name, args: [first] }: Call, candidates: readonly Overload[]): Issue | null {
  if (first?.kind !== 'literal') return null;
  if (name !== 'matches' && !TRIED.has(name)) return null;
  const bad =
    name === 'matches'
      ? candidates.some(({ constant }) => typeof constant?.([undefined, first.value]) === 'string')
      : isError(callWith(candidates, [first.value]));
  return bad ? { at: first.at, message: `invalid ${name} argument` } : null;
}

function badCall(checking: Checking, call: Call, candidates: readonly Overload[]): Issue | null {
  for (const { check } of candidates) {
    const issue = check?.(call, checking.typeOf) ?? null;
    if (issue !== null) return issue;
  }
  return null;
}

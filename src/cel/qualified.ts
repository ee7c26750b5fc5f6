import type { Expr } from './ast.ts';
import type { Environment } from './environment.ts';
import { TYPE_NAMES } from './type-names.ts';

/** What a chain of names may stand for as a whole, by the last word of it: so that few chains need be spelled out. */
interface LastWords {
  readonly variables: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

const known = new WeakMap<Environment, LastWords>();

/** The last words of an environment's dotted names; worked out once. */
export function lastWords(environment: Environment): LastWords {
  const ready = known.get(environment);
  if (ready !== undefined) return ready;
  const made = {
    variables: endings([...environment.variables.keys(), ...environment.objects.keys(), ...TYPE_NAMES.keys()]),
    functions: endings(environment.functions.keys()),
  };
  known.set(environment, made);
  return made;
}

/** `a.b.c` of a chain of plain selects, without its leading dot; null of anything else. */
export function qualifiedNameOf(expr: Expr): string | null {
  const words: string[] = [];
  let at = expr;
  while (at.kind === 'select' && at.form === 'field') {
    words.push(at.field);
    at = at.operand;
  }
  if (at.kind !== 'ident') return null;
  words.push(plain(at.name));
  return words.toReversed().join('.');
}

/** A name without the leading dot that says it is no shorter one. */
export const plain = (name: string): string => (name.startsWith('.') ? name.slice(1) : name);

const endings = (names: Iterable<string>): ReadonlySet<string> =>
  new Set(
    Array.from(names)
      .filter((name) => name.includes('.'))
      .map((name) => name.slice(name.lastIndexOf('.') + 1)),
  );

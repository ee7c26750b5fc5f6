import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, int, list, string } from '../type.ts';
import { CelError, isError } from '../value.ts';
import type { Value } from '../value.ts';
import { method } from './declare.ts';
import { Patterns } from './pattern.ts';

type Int = number | bigint;

/** `matches` of CEL and Kubernetes' `find` and `findAll`. The patterns compiled last are kept with the table. */
export function regexes(): readonly Overload[] {
  const patterns = new Patterns();
  const rest = { cost, constant: ([, source]: readonly (Value | undefined)[]) => sourceError(patterns, source) };
  const find = (text: string, source: string, most: number): readonly string[] | CelError => {
    const pattern = patterns.get(source);
    return isError(pattern) ? new CelError(`Illegal regex: ${pattern.message}`) : pattern.find(text, most);
  };
  return [
    method('matches', [string, string], bool, (text: string, source: string) => matches(patterns, text, source), {
      ...rest,
      constant: ([, source]) => (sourceError(patterns, source) === null ? null : 'invalid matches argument'),
    }),
    method('find', [string, string], string, (text: string, source: string) => first(find(text, source, 1)), rest),
    method('findAll', [string, string], list(string), (text: string, source: string) => find(text, source, Infinity), rest),
    method(
      'findAll',
      [string, string, int],
      list(string),
      (text: string, source: string, most: Int) => find(text, source, limit(most)),
      rest,
    ),
  ];
}

/** The text, not less than one, times a quarter of the pattern. */
const cost = ([text, source]: readonly Value[]): number => traversal(1 + sizeOf(text ?? null)) * Math.ceil(sizeOf(source ?? null) * 0.25);

const limit = (most: Int): number => (most < 0 ? Infinity : Number(most));

const first = (found: readonly string[] | CelError): Value => (isError(found) ? found : (found[0] ?? ''));

function matches(patterns: Patterns, text: string, source: string): Value {
  const pattern = patterns.get(source);
  return isError(pattern) ? pattern : pattern.test(text);
}

function sourceError(patterns: Patterns, source: Value | undefined): string | null {
  const pattern = typeof source === 'string' ? patterns.get(source) : undefined;
  return isError(pattern) ? pattern.message : null;
}

import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, int, list, string } from '../type.ts';
import { CelError, isError } from '../value.ts';
import type { Value } from '../value.ts';
import { valueType } from '../value-type.ts';
import { global, method } from './declare.ts';
import { Patterns } from './pattern.ts';
import type { Pattern } from './pattern.ts';

/** `matches` of CEL and Kubernetes' `find` and `findAll`. The patterns compiled last are kept with the table. */
export function regexes(): readonly Overload[] {
  const patterns = new Patterns();
  const constant = ([, source]: readonly (Value | undefined)[]): string | null => sourceError(patterns, source);
  const matches = unguarded('matches', patterns, '', (pattern, text) => pattern.test(text));
  const first = unguarded('find', patterns, ILLEGAL, (pattern, text) => firstOf(pattern.find(text, 1)));
  const all = unguarded('findAll', patterns, ILLEGAL, (pattern, text, most) => findAll(pattern, text, most));
  const rest = { constant, cost, unguarded: true } as const;
  return [
    global('matches', [string, string], bool, matches, { constant, unguarded: true }),
    method('matches', [string, string], bool, matches, {
      ...rest,
      constant: (args) => (constant(args) === null ? null : 'invalid matches argument'),
    }),
    method('find', [string, string], string, first, rest),
    method('findAll', [string, string], list(string), all, rest),
    method('findAll', [string, string, int], list(string), all, rest),
  ];
}

const ILLEGAL = 'Illegal regex: ';

type Evaluate = Overload['evaluate'];

/** cel-go compiles constant patterns itself, and then only says that there is no such overload. */
function unguarded(
  name: string,
  patterns: Patterns,
  prefix: string,
  run: (pattern: Pattern, text: string, most: Value | undefined) => Value,
): Evaluate {
  return (...args) => {
    const [text, source, most] = args;
    if (typeof source !== 'string') return new CelError(`no such overload: ${name}(${args.map(valueType).join(', ')})`);
    if (typeof text !== 'string') return noOverload();
    const pattern = patterns.get(source);
    return isError(pattern) ? new CelError(prefix + pattern.message) : run(pattern, text, most);
  };
}

const noOverload = (): CelError => new CelError('no such overload');

function findAll(pattern: Pattern, text: string, most: Value | undefined): Value {
  if (most === undefined) return pattern.find(text, Infinity);
  if (typeof most !== 'number' && typeof most !== 'bigint') return noOverload();
  return pattern.find(text, most < 0 ? Infinity : Number(most));
}

const firstOf = (found: readonly string[] | CelError): Value => (isError(found) ? found : (found[0] ?? ''));

/** The text, not less than one, times a quarter of the pattern. */
const cost = ([text, source]: readonly Value[]): number => traversal(1 + sizeOf(text ?? null)) * Math.ceil(sizeOf(source ?? null) * 0.25);

function sourceError(patterns: Patterns, source: Value | undefined): string | null {
  const pattern = typeof source === 'string' ? patterns.get(source) : undefined;
  return isError(pattern) ? pattern.message : null;
}

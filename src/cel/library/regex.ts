import type { Overload } from '../function.ts';
import { sizeOf, traversal } from '../size.ts';
import { bool, int, list, string } from '../type.ts';
import { CelError, isError } from '../value.ts';
import type { Value } from '../value.ts';
import { valueType } from '../value-type.ts';
import { global, method } from './declare.ts';
import { Patterns } from './pattern.ts';
import type { Pattern } from './pattern.ts';
import { refuse } from './refuse.ts';

/** `matches` of CEL and Kubernetes' `find` and `findAll`. The patterns compiled last are kept with the table. */
export function regexes(): readonly Overload[] {
  const patterns = new Patterns();
  const constant = ([, source]: readonly (Value | undefined)[]): string | null => sourceError(patterns, source);
  const matches = callOf('matches', patterns, '', (pattern, text) => pattern.test(text));
  const find = callOf('find', patterns, ILLEGAL, (pattern, text) => firstOf(pattern.find(text, 1)));
  const all = callOf('findAll', patterns, ILLEGAL, (pattern, text, most) => findAll(pattern, text, most));
  return [
    global('matches', [string, string], bool, matches.evaluate, { constant, unguarded: true, prepare: matches.rest.prepare }),
    method('matches', [string, string], bool, matches.evaluate, {
      ...matches.rest,
      constant: (args) => (constant(args) === null ? null : 'invalid matches argument'),
    }),
    method('find', [string, string], string, find.evaluate, { ...find.rest, constant }),
    method('findAll', [string, string], list(string), all.evaluate, { ...all.rest, constant }),
    method('findAll', [string, string, int], list(string), all.evaluate, { ...all.rest, constant }),
  ];
}

const ILLEGAL = 'Illegal regex: ';

type Evaluate = Overload['evaluate'];

type Search = (pattern: Pattern, text: string, most: Value | undefined) => Value;

/** cel-go compiles constant patterns itself, and then only says that there is no such overload. */
function callOf(name: string, patterns: Patterns, prefix: string, search: Search): Call {
  const evaluate: Evaluate = (...args) => {
    const [text, source, most] = args;
    if (typeof text !== 'string' || typeof source !== 'string') return refusal(name, args);
    const pattern = patterns.get(source);
    return isError(pattern) ? new CelError(prefix + pattern.message) : search(pattern, text, most);
  };
  const prepare = ([, source]: readonly (Value | undefined)[]): Evaluate | null => {
    const pattern = typeof source === 'string' ? patterns.get(source) : undefined;
    if (pattern === undefined || isError(pattern)) return null;
    return (text, _source, most) => (typeof text === 'string' ? search(pattern, text, most) : noOverload());
  };
  return { evaluate, rest: { cost, prepare, unguarded: true } };
}

interface Call {
  readonly evaluate: Evaluate;
  readonly rest: Required<Pick<Overload, 'cost' | 'prepare' | 'unguarded'>>;
}

/** `matches` is one of cel-go's own, which look for a method of the first argument; where that is text it knows the function. */
function refusal(name: string, args: readonly Value[]): CelError {
  const [text = null] = args;
  if (name !== 'matches') return new CelError(`no such overload: ${name}(${args.map(valueType).join(', ')})`);
  return refuse(name, text);
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

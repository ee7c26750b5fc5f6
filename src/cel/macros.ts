import type { Comprehension, Expr, Macro } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** What a global call of a macro stands for; null where the name is no macro. `at` is its parenthesis. */
export function expandGlobal(cursor: Cursor, name: string, at: number, args: readonly Expr[]): Expr | null {
  const arg = args[0];
  if (name !== 'has' || args.length !== 1 || arg === undefined) return null;
  if (arg.kind === 'select' && arg.form !== 'optional') return { ...arg, at, form: 'has' };
  cursor.note(arg.at, 'invalid argument to has() macro');
  return arg;
}

/** What a call of a macro on a receiver stands for; null where no macro has the name and so many arguments. */
export function expandMember(cursor: Cursor, name: string, at: number, range: Expr, args: readonly Expr[]): Expr | null {
  const form = MACROS.get(name)?.find(({ count }) => count === args.length);
  if (form === undefined) return null;
  const { macro, names } = form;
  const fault = form.check(args, range);
  if (fault !== null) cursor.note(fault.at, fault.message);
  const variables = args.slice(0, names).map((arg) => (arg.kind === 'ident' ? arg.name : ''));
  return { kind: 'comprehension', at, macro, range, variables, args: args.slice(names) } satisfies Comprehension;
}

interface Fault {
  readonly at: number;
  readonly message: string;
}

type Check = (args: readonly Expr[], range: Expr) => Fault | null;

interface Form {
  readonly macro: Macro;
  /** Arguments in all. */
  readonly count: number;
  /** How many of them are names of variables. */
  readonly names: 1 | 2;
  readonly check: Check;
}

const OVERWRITES = 'iteration variable overwrites accumulator variable';

/** That the first argument is a name, in the words that the macro has for it. */
function oneName(wrong: string): Check {
  return ([first]) => {
    if (first === undefined) return null;
    if (first.kind !== 'ident') return { at: first.at, message: wrong };
    return first.name === '__result__' ? { at: first.at, message: OVERWRITES } : null;
  };
}

const SIMPLE = 'argument must be a simple name';

function twoNames([first, second]: readonly Expr[]): Fault | null {
  if (first === undefined || second === undefined) return null;
  if (first.kind !== 'ident') return { at: first.at, message: SIMPLE };
  if (second.kind !== 'ident') return { at: second.at, message: SIMPLE };
  if (first.name === second.name) return { at: second.at, message: `duplicate variable name: ${first.name}` };
  const overwriting = [first, second].find(({ name }) => name === '__result__');
  return overwriting === undefined ? null : { at: overwriting.at, message: OVERWRITES };
}

const quantifier = oneName(SIMPLE);
const transformer = oneName('argument is not an identifier');

function optionalName(name: string): Check {
  return ([first]) =>
    first === undefined || first.kind === 'ident' ? null : { at: first.at, message: `${name}() variable name must be a simple identifier` };
}

function sortable(args: readonly Expr[], range: Expr): Fault | null {
  if (range.kind !== 'literal' && range.kind !== 'map' && range.kind !== 'struct') return transformer(args, range);
  return { at: range.at, message: 'sortBy can only be applied to a list, identifier, comprehension, call or select expression' };
}

/** The macros of Kubernetes 1.36: `existsOne` with one variable is none of them. */
const MACROS: ReadonlyMap<string, readonly Form[]> = Map.groupBy(
  (
    [
      ['all', 'all', 2, 1, quantifier],
      ['all', 'all', 3, 2, twoNames],
      ['exists', 'exists', 2, 1, quantifier],
      ['exists', 'exists', 3, 2, twoNames],
      ['exists_one', 'existsOne', 2, 1, quantifier],
      ['exists_one', 'existsOne', 3, 2, twoNames],
      ['existsOne', 'existsOne', 3, 2, twoNames],
      ['map', 'map', 2, 1, transformer],
      ['map', 'map', 3, 1, transformer],
      ['filter', 'filter', 2, 1, transformer],
      ['transformList', 'transformList', 3, 2, twoNames],
      ['transformList', 'transformList', 4, 2, twoNames],
      ['transformMap', 'transformMap', 3, 2, twoNames],
      ['transformMap', 'transformMap', 4, 2, twoNames],
      ['transformMapEntry', 'transformMapEntry', 3, 2, twoNames],
      ['transformMapEntry', 'transformMapEntry', 4, 2, twoNames],
      ['optMap', 'optMap', 2, 1, optionalName('optMap')],
      ['optFlatMap', 'optFlatMap', 2, 1, optionalName('optFlatMap')],
      ['sortBy', 'sortBy', 2, 1, sortable],
    ] as const
  ).map(([name, macro, count, names, check]) => ({ name, macro, count, names, check })),
  ({ name }) => name,
);

/** For hints: what may be called and is no function. */
export const MACRO_NAMES: readonly string[] = ['has', ...MACROS.keys()];

import type { Overload } from '../function.ts';
import type { Type } from '../type.ts';
import type { Value } from '../value.ts';

type Rest = Partial<Omit<Overload, 'name' | 'member' | 'args' | 'result' | 'evaluate'>>;

/** A function called on its first argument. `evaluate` may name the kinds that `args` promises. */
export const method = (
  name: string,
  args: readonly Type[],
  result: Type,
  evaluate: (...args: never[]) => Value,
  rest: Rest = {},
): Overload => ({
  name,
  member: true,
  args,
  result,
  evaluate: evaluate as Overload['evaluate'],
  ...rest,
});

/** A function called by its name. */
export const global = (
  name: string,
  args: readonly Type[],
  result: Type,
  evaluate: (...args: never[]) => Value,
  rest: Rest = {},
): Overload => ({
  ...method(name, args, result, evaluate, rest),
  member: false,
});

/** The part of a row that gives its cost. */
export const costs = (cost: (args: readonly Value[], result: Value) => number): Pick<Overload, 'cost'> => ({ cost });

import type { Functions } from './function.ts';
import type { Type } from './type.ts';

/** What an expression may name. */
export interface Environment {
  readonly variables: ReadonlyMap<string, Type>;
  readonly functions: Functions;
  /** Fields of each `object` type, by its name. */
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, Type>>;
}

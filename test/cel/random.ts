import { grammar } from './random-grammar.ts';
import { objects } from './random-object.ts';

/** Numbers from a seed, the same on every machine (mulberry32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number below `count`. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}

export interface RandomRow {
  readonly expression: string;
  /** Which of `objects` it is judged against. */
  readonly object: number;
}

export const sorts = [...grammar.keys()];
/** One hole in this many is filled with something of another sort, so that some rows do not compile and some fail. */
const SURPRISE = 80;

/** A row whose expression mostly compiles, at most `depth` deep; its object is mostly one of the first, which have most fields. */
export function randomRow(dice: Dice, depth: number): RandomRow {
  const sort = dice.below(3) === 0 ? 'bool' : dice.pick(sorts);
  return { expression: expression(dice, sort, depth), object: Math.min(dice.below(objects.length), dice.below(objects.length)) };
}

/** An expression of a sort; `dyn` may also be one of `names`. */
export const expression = (dice: Dice, sort: string, depth: number, names: readonly string[] = []): string =>
  fill(dice, sort, depth, names.map((name) => ({ name, sort: 'dyn' }))); // prettier-ignore

interface Bound {
  readonly name: string;
  readonly sort: string;
}

function fill(dice: Dice, wanted: string, depth: number, scope: readonly Bound[]): string {
  const sort = dice.below(SURPRISE) === 0 ? dice.pick(sorts) : wanted;
  const { leaves = [], templates = [] } = grammar.get(sort) ?? {};
  const bound = scope.filter((one) => one.sort === sort);
  if (bound.length > 0 && dice.below(3) > 0) return dice.pick(bound).name;
  if (depth <= 0 || dice.below(6) === 0) return dice.pick(leaves);
  const variable = `v${scope.length}`;
  return dice
    .pick(templates)
    .replaceAll('$', variable)
    .replaceAll(/<(\w+)(?::(\w+))?>/g, (_hole, inner: string, of?: string) =>
      fill(dice, inner, depth - 1, of === undefined ? scope : [...scope, { name: variable, sort: of }]),
    );
}

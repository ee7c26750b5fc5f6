/** Thrown when the budget is spent: nothing may absorb it, as it may an error. */
export const spent: unique symbol = Symbol('cost limit exceeded');

/** Thrown by a function whose answer has still to be fetched; who was asked has noted what is wanted. */
export const pending: unique symbol = Symbol('fact wanted');

/** Counts what an evaluation costs, in cel-go's units, against a limit. Charging beyond the limit throws `spent`. */
export class Meter {
  #cost = 0;
  #strain = 0;
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }

  get cost(): number {
    return this.#cost;
  }

  charge(units: number): void {
    this.#cost += units;
    if (this.#cost > this.#limit) throw spent;
  }

  /**
   * Counts work that cel-go's cost leaves out (a search in a list of any length costs 1), in units of 40 ns.
   * Only what would hold the event loop for longer than a whole budget does is refused.
   */
  strain(units: number): void {
    this.#strain += units;
    if (this.#strain > MOST_STRAIN) throw spent;
  }
}

const MOST_STRAIN = 1_000_000;

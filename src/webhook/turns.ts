/** Gives one waiter a turn between two looks at the sockets, however many wait: what is quick to answer is answered in between. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  get taken(): boolean {
    return this.#waiting.length > 0;
  }

  /** The turn comes when all who waited before had theirs. */
  async next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#give);
    });
  }

  /** An immediate that is set in an immediate runs after the sockets were looked at. */
  readonly #give = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#give);
  };
}

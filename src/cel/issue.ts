/** What is wrong with an expression before it runs. */
export interface Issue {
  /** Offset in the source, in UTF-16 units; -1 where there is no place. */
  readonly at: number;
  /** As cel-go words it: `undeclared reference to 'x' (in container '')`, `found no matching overload for '_+_' applied to '(int, string)'`. */
  readonly message: string;
  /** The API server says it without a place, of the expression as a whole; `at` is where we see it. */
  readonly whole?: true;
  /** What may be meant instead: the nearest known name, where one is near. */
  readonly hint?: string;
}

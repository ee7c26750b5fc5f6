/** What is wrong with an expression before it runs. */
export interface Issue {
  /** Offset in the source, in UTF-16 units. */
  readonly at: number;
  /** As cel-go words it: `undeclared reference to 'x' (in container '')`, `found no matching overload for '_+_' applied to '(int, string)'`. */
  readonly message: string;
  /** The nearest known name, where one is near. */
  readonly hint?: string;
}

/** One line of the table. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What the value may be; null: for information only. */
  readonly budget: { readonly most: number } | { readonly least: number } | null;
  /** How it was measured, and how much it varied. */
  readonly note: string;
}

/** How long and how often to measure. */
export interface Effort {
  /** Rounds of an interleaved comparison, and runs of a command. */
  readonly rounds: number;
  /** Seconds of load in each round. */
  readonly seconds: number;
  /** Requests before anything is counted: a cold server measures the compiler. */
  readonly warmUp: number;
  /** Requests of the memory measurement. */
  readonly requests: number;
}

export const ok = ({ value, budget }: Measured): boolean =>
  budget === null || ('most' in budget ? value <= budget.most : value >= budget.least);

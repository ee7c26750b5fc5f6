/** Counts by label values, cheaply enough for every request: the metrics library builds a string for each increment, this walks maps. */
export class Tally {
  readonly #maxFirst: number;
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #fields: Entry[] = [];

  /** `maxFirst` caps the values of the first label; beyond it they are counted as `other`. The rest must come from closed sets. */
  constructor(maxFirst: number) {
    this.#maxFirst = maxFirst;
  }

  add(first: string, second: string, third?: string): void {
    const group = this.#entries.get(first) ?? this.#group(first);
    const key = third === undefined ? second : `${second} ${third}`;
    let entry = group.get(key);
    if (entry === undefined) {
      const label = this.#entries.has(first) ? first : 'other';
      entry = { labels: third === undefined ? [label, second] : [label, second, third], count: 0 };
      group.set(key, entry);
      this.#fields.push(entry);
    }
    entry.count++;
  }

  /** What was counted since the last call. */
  drain(): Entry[] {
    const counted = this.#fields.filter(({ count }) => count > 0).map((entry) => ({ ...entry }));
    for (const entry of this.#fields) entry.count = 0;
    return counted;
  }

  #group(first: string): Map<string, Entry> {
    const name = this.#entries.size < this.#maxFirst ? first : 'other';
    const group = this.#entries.get(name) ?? new Map<string, Entry>();
    this.#entries.set(name, group);
    return group;
  }
}

export interface Entry {
  readonly labels: readonly string[];
  count: number;
}

/** Counts by label values, cheaply enough for every request: the metrics library builds a string for each increment, this walks maps. */
export class Tally {
  readonly #maxFirst: number;
  readonly #groups = new Map<string, Group>();
  readonly #entries: Entry[] = [];

  /** `maxFirst` caps the values of the first label; beyond it they are counted as `other`. The rest must come from closed sets. */
  constructor(maxFirst: number) {
    this.#maxFirst = maxFirst;
  }

  add(...labels: readonly [first: string, second: string, third?: string]): void {
    const [first, second, third = ''] = labels;
    const entry = this.#groups.get(first)?.get(second)?.get(third) ?? this.#entry(labels);
    entry.count++;
  }

  /** What was counted since the last call. */
  drain(): Entry[] {
    const counted = this.#entries.filter(({ count }) => count > 0).map((entry) => ({ ...entry }));
    for (const entry of this.#entries) entry.count = 0;
    return counted;
  }

  #entry([first, second, third]: readonly [string, string, string?]): Entry {
    const name = this.#groups.has(first) || this.#groups.size < this.#maxFirst ? first : 'other';
    const group = valueAt(this.#groups, name, () => new Map<string, Map<string, Entry>>());
    const row = valueAt(group, second, () => new Map<string, Entry>());
    return valueAt(row, third ?? '', () => {
      const entry = { labels: third === undefined ? [name, second] : [name, second, third], count: 0 };
      this.#entries.push(entry);
      return entry;
    });
  }
}

type Group = Map<string, Map<string, Entry>>;

function valueAt<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

export interface Entry {
  readonly labels: readonly string[];
  count: number;
}

import type { Histogram, MetricValueWithName, Registry } from '@prometheus-io/client';

export interface DurationOptions {
  readonly name: string;
  readonly help: string;
  readonly registers: readonly Registry[];
  /** Upper bounds of the buckets in seconds, rising. */
  readonly buckets: readonly number[];
}

/** A histogram without labels that counts in plain numbers: the library's own costs as much as judging a pod. */
export class DurationHistogram {
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  /** Observations by bucket, the last one for those beyond every bound. */
  readonly #counts: number[];
  #sum = 0;

  constructor({ name, help, registers, buckets }: DurationOptions) {
    this.name = name;
    this.help = help;
    this.#bounds = buckets;
    this.#counts = Array.from({ length: buckets.length + 1 }, () => 0);
    // A registry asks a metric for its name and its values, whatever the types say.
    for (const registry of registers) registry.registerMetric(this as unknown as Histogram);
  }

  observe(seconds: number): void {
    let bucket = 0;
    while (seconds > (this.#bounds[bucket] ?? Infinity)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** What the registry asks for at a scrape. */
  get(): object {
    const { name, help } = this;
    return { name, help, type: 'histogram', aggregator: 'sum', values: this.#values() };
  }

  #values(): MetricValueWithName<string>[] {
    let count = 0;
    const values = this.#counts.map((own, index): MetricValueWithName<string> => {
      count += own;
      return { metricName: `${this.name}_bucket`, labels: { le: this.#bounds[index] ?? '+Inf' }, value: count };
    });
    values.push({ metricName: `${this.name}_sum`, labels: {}, value: this.#sum });
    values.push({ metricName: `${this.name}_count`, labels: {}, value: count });
    return values;
  }
}

import type { Metric } from 'prom-client';

/** What one child of a metric is known by. */
type Labels = Readonly<Record<string, string>>;

interface Value {
  readonly value: number;
  readonly labels: Record<string, string | number>;
  readonly metricName?: string;
}

/**
 * Metrics that are counted several times in each request. prom-client makes a key of the labels at every observation,
 * even of a child that was asked for once; here a child is its own numbers, and what Prometheus reads is made when it
 * asks. The registry shows them like any other metric. Gain: docs/performance.md; that both say the same is tested in
 * test/unit/hot-metrics.spec.ts.
 */
abstract class HotMetric<Label extends string, Child> {
  readonly aggregator = 'sum';
  abstract readonly type: string;
  private readonly children = new Map<string, { readonly labels: Labels; readonly child: Child }>();

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly labelNames: readonly Label[],
  ) {}

  /** The child of these label values; it is there, with zero, from now on. Ask once and keep it. */
  labels(...values: readonly string[]): Child {
    const key = values.join('\u0000');
    let entry = this.children.get(key);
    if (!entry) {
      const labels = Object.fromEntries(this.labelNames.map((name, index) => [name, values[index] ?? '']));
      entry = { labels, child: this.newChild() };
      this.children.set(key, entry);
    }
    return entry.child;
  }

  /** For the registry of prom-client. */
  get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: Value[] }> {
    const values = [...this.children.values()].flatMap(({ labels, child }) => this.valuesOf(child, labels));
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  /** For the registry of prom-client. */
  reset(): void {
    this.children.clear();
  }

  /** As the registry's types want it. */
  get metric(): Metric {
    return this as unknown as Metric;
  }

  protected abstract newChild(): Child;
  protected abstract valuesOf(child: Child, labels: Labels): Value[];
}

/** One series of a {@link HotCounter}. */
export class CounterChild {
  value = 0;

  inc(): void {
    this.value += 1;
  }
}

/** A counter whose children are plain numbers. */
export class HotCounter<Label extends string> extends HotMetric<Label, CounterChild> {
  readonly type = 'counter';

  protected newChild(): CounterChild {
    return new CounterChild();
  }

  protected valuesOf({ value }: CounterChild, labels: Labels): Value[] {
    return [{ value, labels: { ...labels } }];
  }
}

/** One series of a {@link HotHistogram}. */
export class HistogramChild {
  readonly counts: number[];
  sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] as number)) index += 1;
    counts[index] = (counts[index] as number) + 1;
    this.sum += value;
  }
}

/** A histogram whose children are plain numbers. */
export class HotHistogram<Label extends string> extends HotMetric<Label, HistogramChild> {
  readonly type = 'histogram';

  /** @param bounds upper bounds of the buckets, rising */
  constructor(
    name: string,
    help: string,
    labelNames: readonly Label[],
    private readonly bounds: readonly number[],
  ) {
    super(name, help, labelNames);
  }

  protected newChild(): HistogramChild {
    return new HistogramChild(this.bounds);
  }

  protected valuesOf({ counts, sum }: HistogramChild, labels: Labels): Value[] {
    let below = 0;
    const buckets = counts.map((count, index) => {
      below += count;
      return {
        value: below,
        labels: { le: this.bounds[index] ?? '+Inf', ...labels },
        metricName: `${this.name}_bucket`,
      };
    });
    return [
      ...buckets,
      { value: sum, labels: { ...labels }, metricName: `${this.name}_sum` },
      { value: below, labels: { ...labels }, metricName: `${this.name}_count` },
    ];
  }
}

import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry, type Aggregator } from 'prom-client';
import { HotCounter, HotHistogram } from './hot-metrics.js';

/** Every name begins with it. */
export const PREFIX = 'message_center_';

/** One metric with its values: what a worker process tells the primary. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    /** Of histograms: the name with `_bucket`, `_sum` or `_count`. */
    readonly metricName?: string;
  }[];
}

/**
 * The metrics of one gateway. Those of the process itself (CPU, memory, event loop) are collected once per process and
 * shown by every gateway in it.
 */
@Injectable()
export class MetricRegistry {
  private readonly all = Registry.merge([processMetrics()]);

  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.all] });
  }

  /**
   * @param aggregator how the values of several worker processes become one
   * @param read called at each scrape, to set the values; must not throw
   */
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    aggregator: Aggregator,
    read?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label> {
    const gauge: Gauge<Label> = new Gauge({
      name: PREFIX + name,
      help,
      labelNames,
      aggregator,
      registers: [this.all],
      ...(read ? { collect: () => read(gauge) } : {}),
    });
    return gauge;
  }

  /** A counter that every request increments. */
  hotCounter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): HotCounter<Label> {
    const counter = new HotCounter(PREFIX + name, help, labelNames);
    this.all.registerMetric(counter.metric);
    return counter;
  }

  /** @param buckets upper bounds in seconds */
  histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[],
  ): HotHistogram<Label> {
    const histogram = new HotHistogram(PREFIX + name, help, labelNames, buckets);
    this.all.registerMetric(histogram.metric);
    return histogram;
  }

  /** Everything in the Prometheus text format. */
  text(): Promise<string> {
    return this.all.metrics();
  }

  /** Everything as data. Values that are no numbers are left out: JSON has no word for them. */
  async snapshots(): Promise<MetricSnapshot[]> {
    const metrics = (await this.all.getMetricsAsJSON()) as unknown as MetricSnapshot[];
    return metrics.map(({ name, help, type, aggregator, values }) => ({
      name,
      help,
      type,
      aggregator,
      values: values.filter(({ value }) => Number.isFinite(value)),
    }));
  }
}

/** Gauges of prom-client named like counters; the same numbers are there by type, without `_total`. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

let ofProcess: Registry | undefined;

function processMetrics(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess, prefix: PREFIX });
    for (const name of MISNAMED) ofProcess.removeSingleMetric(PREFIX + name);
  }
  return ofProcess;
}

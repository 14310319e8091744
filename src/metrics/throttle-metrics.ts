import { Injectable } from '@nestjs/common';
import { MetricRegistry } from './metric-registry.js';

/** Who held a request back. */
export const THROTTLES = [
  'caller',
  'key-failure',
  'in-flight',
  'lookup-misses',
  'provider',
  'provider-quota',
  'other',
] as const;
export type Throttle = (typeof THROTTLES)[number];

/** Counts what was refused because there was too much of it. */
@Injectable()
export class ThrottleMetrics {
  private readonly increments: Readonly<Record<Throttle, () => void>>;

  constructor(registry: MetricRegistry) {
    const total = registry.counter('throttled_total', 'Requests and calls refused for being too many, by whom.', [
      'by',
    ]);
    this.increments = Object.fromEntries(
      THROTTLES.map((by) => {
        const child = total.labels(by);
        child.inc(0);
        return [by, () => child.inc()];
      }),
    ) as Record<Throttle, () => void>;
  }

  count(by: Throttle): void {
    this.increments[by]();
  }
}

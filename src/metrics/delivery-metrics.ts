import { Injectable } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import { DeliveryEvents } from '../delivery/delivery.events.js';
import { DeliveryStatusService } from '../delivery/delivery-status.service.js';
import { DELIVERY_STATES, type DeliveryRecord } from '../delivery/delivery.record.js';
import { ERROR_KINDS } from '../envelope/kinds.js';
import { RedisService } from '../redis/redis.service.js';
import { atMost } from './at-most.js';
import { MetricRegistry } from './metric-registry.js';

/** A scrape waits this long for the store, milliseconds. */
const STORE_MS = 500;
/** Bounds of the time from acceptance to the end, seconds. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200];
const RESULTS = ['sent', 'partial', ...ERROR_KINDS, 'crashed'] as const;

/** What asynchronous deliveries do: how many wait, how attempts end, how long people wait. */
@Injectable()
export class DeliveryMetrics {
  private shown: Promise<void> = Promise.resolve();

  constructor(
    registry: MetricRegistry,
    events: DeliveryEvents,
    redis: RedisService,
    private readonly status: DeliveryStatusService,
  ) {
    const attempts = registry.counter('delivery_attempts_total', 'Attempts of asynchronous deliveries by result.', [
      'result',
    ]);
    for (const result of RESULTS) attempts.labels(result).inc(0);
    const finished = registry.counter('deliveries_finished_total', 'Asynchronous deliveries by final state.', [
      'state',
    ]);
    const duplicates = registry.counter(
      'delivery_possible_duplicates_total',
      'Deliveries that may have reached people twice.',
      [],
    );
    const paced = registry.counter('delivery_paced_total', 'Deliveries that waited for a full window of a limit.', []);
    const seconds = registry
      .histogram('delivery_seconds', 'From the due time of a delivery to its yes.', [], BUCKETS)
      .labels();
    events.add({
      paced: () => paced.inc(),
      attempted: (record) => attempts.labels(lastResult(record)).inc(),
      finished: (record) => {
        finished.labels(record.state).inc();
        if (record.possibleDuplicate) duplicates.inc();
        if (record.state === 'sent' || record.state === 'partial') seconds.observe(sinceDue(record));
      },
    });
    // With Redis every process tells the numbers of all; without it there is one process.
    const aggregator = redis.configured ? 'max' : 'sum';
    const oldest = registry.gauge(
      'delivery_oldest_due_seconds',
      'Age of the longest waiting delivery that is due.',
      [],
      aggregator,
    );
    registry.gauge('deliveries', 'Asynchronous deliveries that are kept, by state.', ['state'], aggregator, (gauge) => {
      this.shown = this.show(gauge, oldest);
      return atMost(STORE_MS, this.shown);
    });
  }

  private async show(byState: Gauge<'state'>, oldest: Gauge): Promise<void> {
    const counts = await this.status.counts();
    if (!counts) return;
    for (const state of DELIVERY_STATES) byState.labels(state).set(counts.byState[state] ?? 0);
    oldest.set(counts.oldestDueSeconds);
  }
}

function lastResult(record: DeliveryRecord): string {
  return record.attempts.at(-1)?.result ?? 'crashed';
}

function sinceDue(record: DeliveryRecord): number {
  return Math.max(0, ((record.finishedAt ?? record.dueAt) - record.dueAt) / 1_000);
}

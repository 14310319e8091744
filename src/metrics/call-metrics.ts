import { Injectable } from '@nestjs/common';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { ConfigService } from '../config/config.service.js';
import type { CallKind, CallObserver } from '../providers/call-observer.js';
import { PLATFORM_ERROR_KINDS } from '../providers/error-table.js';
import type { ResolvedApp } from '../providers/provider.contract.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { ROBOT_PREFIX } from '../providers/robot-source.js';
import { appLabel } from './app-label.js';
import { MetricRegistry } from './metric-registry.js';
import { MonthLedger } from './month-ledger.js';
import { ThrottleMetrics } from './throttle-metrics.js';

/** Seconds. A platform answers in 30 to 300 ms; the last ones are uploads. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 5, 10, 30, 60];

/** Kinds that alerts ask for: there from the first scrape on, so that rate() sees the first failure. */
export const ALERT_KINDS: readonly CallKind[] = ['ok', 'partial', ...PLATFORM_ERROR_KINDS, 'internal'];

interface OperationSeries {
  readonly inFlight: Gauge.Internal<'provider' | 'app'>;
  readonly seconds: Histogram.Internal<'provider' | 'operation'>;
  readonly totals: Map<CallKind, Counter.Internal>;
  readonly child: (kind: CallKind) => Counter.Internal;
}

/** Counts the calls to the platforms. */
@Injectable()
export class CallMetrics implements CallObserver {
  private readonly total: Counter<'provider' | 'app' | 'operation' | 'kind'>;
  private readonly seconds: Histogram<'provider' | 'operation'>;
  private readonly inFlight: Gauge<'provider' | 'app'>;
  private readonly series = new Map<string, OperationSeries>();
  /** Operations whose histogram is there: apps share it. */
  private readonly timed = new Set<string>();
  private labels = new WeakMap<ResolvedApp, string>();

  constructor(
    registry: MetricRegistry,
    private readonly providers: ProviderRegistry,
    private readonly throttles: ThrottleMetrics,
    private readonly ledger: MonthLedger,
    config: ConfigService,
  ) {
    this.total = registry.counter(
      'provider_calls_total',
      'Operations run on a platform, by what they came to: ok, partial, or the kind of the error.',
      ['provider', 'app', 'operation', 'kind'],
    );
    this.seconds = registry.histogram(
      'provider_call_seconds',
      'Time of an operation on a platform, token work and a repeat included, seconds.',
      ['provider', 'operation'],
      BUCKETS,
    );
    this.inFlight = registry.gauge(
      'provider_calls_in_flight',
      'Operations that are running on a platform right now.',
      ['provider', 'app'],
      'sum',
    );
    this.initialise();
    config.onChange(() => this.initialise());
  }

  began(app: ResolvedApp, operation: string): (kind: CallKind) => void {
    const series = this.of(app.provider, this.label(app), operation);
    const started = performance.now();
    series.inFlight.inc();
    return (kind) => {
      series.inFlight.dec();
      series.seconds.observe((performance.now() - started) / 1_000);
      counterOf(series, kind).inc();
      if (kind === 'provider-throttled') this.throttles.count('provider');
      else if (kind === 'provider-quota') this.throttles.count('provider-quota');
    };
  }

  left(app: ResolvedApp): void {
    this.ledger.count(`${app.provider}/${this.label(app)}`);
  }

  /** Every operation of every configured app has its series before it was ever called. */
  private initialise(): void {
    this.labels = new WeakMap();
    for (const app of this.providers.senders()) {
      for (const { id, target } of this.providers.provider(app.provider).operations)
        if ((target === 'robot') === app.name.startsWith(ROBOT_PREFIX)) this.of(app.provider, app.name, id);
    }
  }

  private of(provider: string, app: string, operation: string): OperationSeries {
    const key = `${provider}/${app}/${operation}`;
    let series = this.series.get(key);
    if (!series) {
      series = this.newSeries(provider, app, operation);
      this.series.set(key, series);
    }
    return series;
  }

  private newSeries(provider: string, app: string, operation: string): OperationSeries {
    const inFlight = this.inFlight.labels(provider, app);
    inFlight.inc(0);
    if (!this.timed.has(`${provider}/${operation}`)) this.seconds.zero({ provider, operation });
    this.timed.add(`${provider}/${operation}`);
    const series: OperationSeries = {
      inFlight,
      seconds: this.seconds.labels(provider, operation),
      totals: new Map(),
      child: (kind) => this.total.labels(provider, app, operation, kind),
    };
    for (const kind of ALERT_KINDS) counterOf(series, kind).inc(0);
    return series;
  }

  private label(app: ResolvedApp): string {
    let label = this.labels.get(app);
    if (label === undefined) {
      label = appLabel(this.providers, app.provider, app.name);
      this.labels.set(app, label);
    }
    return label;
  }
}

function counterOf({ totals, child }: OperationSeries, kind: CallKind): Counter.Internal {
  let counter = totals.get(kind);
  if (!counter) {
    counter = child(kind);
    totals.set(kind, counter);
  }
  return counter;
}

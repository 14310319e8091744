import { Injectable } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import type { CallKind, CallObserver, RunningCall } from '../providers/call-observer.js';
import { PLATFORM_ERROR_KINDS } from '../providers/error-table.js';
import type { ResolvedApp } from '../providers/provider.contract.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { ROBOT_PREFIX } from '../providers/robot-source.js';
import { appLabel } from './app-label.js';
import type { CounterChild, HistogramChild, HotCounter, HotHistogram } from './hot-metrics.js';
import { MetricRegistry } from './metric-registry.js';
import { MonthLedger } from './month-ledger.js';
import { ThrottleMetrics } from './throttle-metrics.js';

/** Seconds. A platform answers in 30 to 300 ms; the last ones are uploads. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 5, 10, 30, 60];

/** Kinds that alerts ask for: there from the first scrape on, so that rate() sees the first failure. */
export const ALERT_KINDS: readonly CallKind[] = ['ok', 'partial', ...PLATFORM_ERROR_KINDS, 'internal'];

/** What runs for one app. */
interface InFlight {
  readonly provider: string;
  readonly app: string;
  calls: number;
}

interface OperationSeries {
  readonly inFlight: InFlight;
  readonly seconds: HistogramChild;
  readonly totals: Map<CallKind, CounterChild>;
  readonly child: (kind: CallKind) => CounterChild;
}

/** Counts the calls to the platforms. */
@Injectable()
export class CallMetrics implements CallObserver {
  private readonly total: HotCounter<'provider' | 'app' | 'operation' | 'kind'>;
  private readonly seconds: HotHistogram<'provider' | 'operation'>;
  private readonly inFlight = new Map<string, InFlight>();
  private readonly series = new Map<string, OperationSeries>();
  private labels = new WeakMap<ResolvedApp, string>();

  constructor(
    registry: MetricRegistry,
    private readonly providers: ProviderRegistry,
    private readonly throttles: ThrottleMetrics,
    private readonly ledger: MonthLedger,
    config: ConfigService,
  ) {
    this.total = registry.hotCounter(
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
    registry.gauge(
      'provider_calls_in_flight',
      'Operations that are running on a platform right now.',
      ['provider', 'app'],
      'sum',
      (gauge) => {
        for (const { provider, app, calls } of this.inFlight.values()) gauge.labels(provider, app).set(calls);
      },
    );
    this.initialise();
    config.onChange(() => this.initialise());
  }

  began(app: ResolvedApp, operation: string): RunningCall {
    return new MeasuredCall(this.of(app.provider, this.label(app), operation), this.throttles);
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
    const place = `${provider}/${app}`;
    const inFlight = this.inFlight.get(place) ?? { provider, app, calls: 0 };
    this.inFlight.set(place, inFlight);
    const series: OperationSeries = {
      inFlight,
      seconds: this.seconds.labels(provider, operation),
      totals: new Map(),
      child: (kind) => this.total.labels(provider, app, operation, kind),
    };
    for (const kind of ALERT_KINDS) counterOf(series, kind);
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

class MeasuredCall implements RunningCall {
  private readonly started = performance.now();

  constructor(
    private readonly series: OperationSeries,
    private readonly throttles: ThrottleMetrics,
  ) {
    series.inFlight.calls += 1;
  }

  ended(kind: CallKind): void {
    const { series } = this;
    series.inFlight.calls -= 1;
    series.seconds.observe((performance.now() - this.started) / 1_000);
    counterOf(series, kind).inc();
    if (kind === 'provider-throttled') this.throttles.count('provider');
    else if (kind === 'provider-quota') this.throttles.count('provider-quota');
  }
}

function counterOf({ totals, child }: OperationSeries, kind: CallKind): CounterChild {
  let counter = totals.get(kind);
  if (!counter) {
    counter = child(kind);
    totals.set(kind, counter);
  }
  return counter;
}

import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '../inbound/gateway-request.js';
import type { RequestObserver } from '../inbound/request-log.js';
import type { CounterChild, HistogramChild, HotCounter, HotHistogram } from './hot-metrics.js';
import { MetricRegistry } from './metric-registry.js';
import { ThrottleMetrics, type Throttle } from './throttle-metrics.js';

/** Seconds. From what is answered without a platform up to the longest upload. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Methods with a name of their own; Node understands thirty more, which only scanners use. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const UNMATCHED = 'unmatched';

const THROTTLE_BY_REASON: Readonly<Record<string, Throttle>> = {
  caller: 'caller',
  'key-failures': 'key-failure',
  'too-many-in-flight': 'in-flight',
  'lookup-misses': 'lookup-misses',
};

interface RouteSeries {
  readonly seconds: HistogramChild;
  /** By method and status class. */
  readonly totals: Map<string, CounterChild>;
}

/** Counts the requests of our callers. Labels are patterns of routes, never URLs. */
@Injectable()
export class HttpMetrics {
  private readonly total: HotCounter<'method' | 'route' | 'status'>;
  private readonly seconds: HotHistogram<'route'>;
  private readonly routes = new Map<string, RouteSeries>();

  constructor(
    registry: MetricRegistry,
    private readonly throttles: ThrottleMetrics,
  ) {
    this.total = registry.hotCounter('http_requests_total', 'Requests of callers, by route pattern and status class.', [
      'method',
      'route',
      'status',
    ]);
    this.seconds = registry.histogram(
      'http_request_seconds',
      'Time from the head of a request to the end of its answer, seconds.',
      ['route'],
      BUCKETS,
    );
  }

  /** For the middleware that sees every request. */
  readonly observe: RequestObserver = (request, response, seconds) => {
    const path = (request.route as { path?: unknown } | undefined)?.path;
    const series = this.route(typeof path === 'string' ? path : UNMATCHED);
    const method = METHODS.has(request.method) ? request.method : 'other';
    // A caller that left before its answer was out got no status.
    const status = response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : 'aborted';
    series.seconds.observe(seconds);
    this.counter(series, method, typeof path === 'string' ? path : UNMATCHED, status).inc();
    const throttle = throttleOf(request.facts);
    if (throttle) this.throttles.count(throttle);
  };

  private route(route: string): RouteSeries {
    let series = this.routes.get(route);
    if (!series) {
      series = { seconds: this.seconds.labels(route), totals: new Map() };
      this.routes.set(route, series);
    }
    return series;
  }

  private counter({ totals }: RouteSeries, method: string, route: string, status: string): CounterChild {
    const key = method + status;
    let child = totals.get(key);
    if (!child) {
      child = this.total.labels(method, route, status);
      totals.set(key, child);
    }
    return child;
  }
}

/** What our own limits refused; what a platform refused is counted with the call. */
function throttleOf({ kind, reason = '' }: RequestFacts): Throttle | undefined {
  if (kind === 'throttled') return THROTTLE_BY_REASON[reason] ?? 'other';
  return reason === 'too-many-in-flight' ? 'in-flight' : undefined;
}

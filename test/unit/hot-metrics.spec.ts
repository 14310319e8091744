import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { HotCounter, HotHistogram } from '../../src/metrics/hot-metrics.js';

const BUCKETS = [0.005, 0.1, 1];
const VALUES = [0, 0.004, 0.005, 0.0051, 0.1, 0.7, 1, 1.01, 60];

describe('the metrics of every request', () => {
  it('are read by Prometheus exactly as those of prom-client', async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const hot = new HotHistogram('seconds', 'Time.', ['route'], BUCKETS);
    const hotTotal = new HotCounter('total', 'Requests.', ['route', 'status']);
    ours.registerMetric(hot.metric);
    ours.registerMetric(hotTotal.metric);
    const seconds = new Histogram({
      name: 'seconds',
      help: 'Time.',
      labelNames: ['route'],
      buckets: BUCKETS,
      registers: [theirs],
    });
    const total = new Counter({
      name: 'total',
      help: 'Requests.',
      labelNames: ['route', 'status'],
      registers: [theirs],
    });
    hot.labels('/never');
    seconds.zero({ route: '/never' });
    for (const [index, value] of VALUES.entries()) {
      const route = index % 2 === 0 ? '/v1/a' : '/v1/"b"';
      hot.labels(route).observe(value);
      seconds.labels(route).observe(value);
      hotTotal.labels(route, '2xx').inc();
      total.labels(route, '2xx').inc();
    }
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aKey } from '../support/api-keys.js';
import { call, startTestGateway, type TestGateway } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { scrape } from '../support/scrape.js';

const WARNING = 'an API key is used from a new address';

describe('an API key that turns up at a new address', () => {
  let redis: TestRedis;
  let replicas: readonly [TestGateway, TestGateway];
  let alone: TestGateway;
  const [billing, alerts] = [aKey('billing'), aKey('alerts')];
  const metrics = aKey('metrics', { scopes: ['metrics'] });

  beforeAll(async () => {
    redis = await startRedis();
    const start = (settings: Record<string, unknown>): Promise<TestGateway> =>
      startTestGateway({
        settings: {
          'server.trustProxy': ['127.0.0.0/8'],
          'access.apiKeys': [billing, alerts, metrics].map(({ entry }) => entry),
          ...settings,
        },
      });
    const shared = { 'redis.url': redis.url };
    replicas = [await start(shared), await start(shared)];
    alone = await start({});
  });
  afterAll(async () => {
    await Promise.all([...replicas, alone].map((gateway) => gateway.close()));
    await redis.close();
  });

  async function use({ url }: TestGateway, { key }: { readonly key: string }, address: string): Promise<void> {
    const headers = { Authorization: `Bearer ${key}`, 'X-Forwarded-For': address };
    expect((await call(`${url}/sys/check`, { headers })).status).toBe(200);
  }

  /** The addresses that were warned about, `caller address`. */
  const warned = (...gateways: readonly TestGateway[]): string[] =>
    gateways.flatMap(({ logs }) =>
      logs
        .filter((line) => line.includes(WARNING))
        .map((line) => JSON.parse(line) as { caller: string; address: string })
        .map(({ caller, address }) => `${caller} ${address}`),
    );

  it('is warned about once, by one of all replicas, and counted', async () => {
    await use(replicas[0], billing, '198.51.100.1');
    await use(replicas[1], billing, '198.51.100.1');
    await use(replicas[0], alerts, '198.51.100.2');
    await use(replicas[1], billing, '203.0.113.7');
    await expect.poll(() => warned(...replicas)).toEqual(['billing 203.0.113.7']);
    await use(replicas[0], billing, '203.0.113.7');
    await use(replicas[1], billing, '203.0.113.7');
    await use(replicas[0], alerts, '2001:db8::1');
    await expect
      .poll(() => warned(...replicas).toSorted((a, b) => a.localeCompare(b)))
      .toEqual(['alerts 2001:db8:0:0::/64', 'billing 203.0.113.7']);

    const headers = { Authorization: `Bearer ${metrics.key}`, 'X-Forwarded-For': '198.51.100.9' };
    const counted = await Promise.all(replicas.map(({ url }) => scrape(url, { headers })));
    expect(counted.map((each) => each.value('api_key_new_addresses_total', { key: 'billing' }))).toEqual([0, 1]);
  });

  it('without Redis is warned about by each process, which knows the first address it saw', async () => {
    await use(alone, billing, '198.51.100.1');
    expect(warned(alone)).toEqual([]);
    await use(alone, billing, '203.0.113.7');
    await use(alone, billing, '203.0.113.7');
    await use(alone, billing, '198.51.100.1');
    expect(warned(alone)).toEqual(['billing 203.0.113.7']);
  });

  it('of IPv6 the network counts, in which a machine changes its address', async () => {
    await use(alone, alerts, '2001:db8:0:12:aaaa::1');
    await use(alone, alerts, '2001:db8::12:0:0:0:2');
    expect(warned(alone).filter((line) => line.startsWith('alerts'))).toEqual([]);
    await use(alone, alerts, '2001:db8:0:13::1');
    expect(warned(alone)).toContain('alerts 2001:db8:0:13::/64');
  });

  it('a key that is refused is warned about as such, not as moved', async () => {
    const headers = { Authorization: `Bearer ${aKey('billing').key}`, 'X-Forwarded-For': '203.0.113.99' };
    expect((await call(`${alone.url}/sys/check`, { headers })).status).toBe(401);
    expect(warned(alone).filter((line) => line.includes('203.0.113.99'))).toEqual([]);
  });
});

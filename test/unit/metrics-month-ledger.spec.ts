import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CALLS_KEY, MonthLedger } from '../../src/metrics/month-ledger.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const APP = 'dingtalk/default';
/** The last moment of November in Shanghai is the afternoon of 30 November in UTC. */
const LAST_OF_NOVEMBER = Date.parse('2026-11-30T15:59:59.999Z');
const FIRST_OF_DECEMBER = Date.parse('2026-11-30T16:00:00.000Z');

describe(MonthLedger.name, () => {
  let now: number;
  const clock = (): number => now;
  beforeEach(() => {
    now = LAST_OF_NOVEMBER;
  });

  describe('in memory', () => {
    it('counts each app by itself', () => {
      const sut = new MonthLedger({ configured: false, client: undefined }, clock);
      sut.count(APP);
      sut.count(APP);
      sut.count('wecom/ops');
      expect(sut.report()).toEqual({ month: '2026-11', shared: false, calls: { [APP]: 2, 'wecom/ops': 1 } });
    });

    it.each([
      ['a month', LAST_OF_NOVEMBER, FIRST_OF_DECEMBER, '2026-11', '2026-12'],
      ['a year', Date.parse('2026-12-31T15:59:59.999Z'), Date.parse('2026-12-31T16:00:00Z'), '2026-12', '2027-01'],
      ['a February', Date.parse('2028-02-29T15:59:59Z'), Date.parse('2028-02-29T16:00:00Z'), '2028-02', '2028-03'],
    ])('begins anew when %s is over in Shanghai', (_what, before, after, old, next) => {
      const sut = new MonthLedger({ configured: false, client: undefined }, clock);
      now = before;
      sut.count(APP);
      expect(sut.report()).toMatchObject({ month: old, calls: { [APP]: 1 } });
      now = after;
      expect(sut.report()).toMatchObject({ month: next, calls: {} });
      sut.count(APP);
      expect(sut.report()).toMatchObject({ month: next, calls: { [APP]: 1 } });
    });
  });

  describe('in Redis', () => {
    let redis: TestRedis;
    let client: Redis;
    let away: boolean;
    const store = {
      configured: true,
      get client(): Redis | undefined {
        return away ? undefined : client;
      },
    };
    beforeAll(async () => {
      redis = await startRedis();
    });
    beforeEach(async () => {
      away = false;
      client = new Redis(redis.url);
      await client.flushall();
    });
    afterEach(() => client.disconnect());
    afterAll(() => redis.close());

    const stored = (month: string): Promise<Record<string, string>> => client.hgetall(CALLS_KEY + month);

    it('survives a restart', async () => {
      const first = new MonthLedger(store, clock);
      first.count(APP);
      first.count(APP);
      await first.onApplicationShutdown();
      const second = new MonthLedger(store, clock);
      await second.sync();
      second.count(APP);
      expect(second.report()).toEqual({ month: '2026-11', shared: true, calls: { [APP]: 3 } });
    });

    it('adds what several processes counted', async () => {
      const ledgers = Array.from({ length: 3 }, () => new MonthLedger(store, clock));
      for (const ledger of ledgers) for (let call = 0; call < 10; call += 1) ledger.count(APP);
      await Promise.all(ledgers.map((ledger) => ledger.sync()));
      await ledgers[0]?.sync();
      expect(ledgers[0]?.report().calls).toEqual({ [APP]: 30 });
    });

    it('shows at once what is not yet in Redis', () => {
      const sut = new MonthLedger(store, clock);
      sut.count(APP);
      expect(sut.report().calls).toEqual({ [APP]: 1 });
    });

    it('brings the last counts of a month home after the month is over', async () => {
      const sut = new MonthLedger(store, clock);
      sut.count(APP);
      now = FIRST_OF_DECEMBER;
      sut.count(APP);
      sut.count(APP);
      await sut.sync();
      expect(await stored('2026-11')).toEqual({ [APP]: '1' });
      expect(await stored('2026-12')).toEqual({ [APP]: '2' });
      expect(sut.report()).toMatchObject({ month: '2026-12', calls: { [APP]: 2 } });
    });

    it('loses nothing while Redis is away', async () => {
      const sut = new MonthLedger(store, clock);
      sut.count(APP);
      await sut.sync();
      away = true;
      sut.count(APP);
      await sut.sync();
      expect(sut.report().calls).toEqual({ [APP]: 2 });
      now = FIRST_OF_DECEMBER;
      sut.count(APP);
      away = false;
      await sut.sync();
      expect(await stored('2026-11')).toEqual({ [APP]: '2' });
      expect(await stored('2026-12')).toEqual({ [APP]: '1' });
    });

    it('counts once what Redis took without being able to say so', async () => {
      let lost = true;
      const deaf = {
        configured: true,
        client: new Proxy(client, {
          get(target, property) {
            if (property !== 'eval') return Reflect.get(target, property) as unknown;
            return async (...args: Parameters<Redis['eval']>) => {
              const answer = await target.eval(...args);
              if (lost) throw new Error('Command timed out');
              return answer;
            };
          },
        }),
      };
      const sut = new MonthLedger(deaf, clock);
      sut.count(APP);
      await sut.sync();
      await sut.sync();
      sut.count(APP);
      expect(sut.report().calls).toEqual({ [APP]: 2 });
      lost = false;
      await sut.sync();
      await sut.sync();
      expect(await stored('2026-11')).toEqual({ [APP]: '2' });
      expect(sut.report().calls).toEqual({ [APP]: 2 });
    });

    it('keeps no key for ever', async () => {
      const sut = new MonthLedger(store, clock);
      sut.count(APP);
      await sut.sync();
      const keys = await client.keys('*');
      expect(keys).toHaveLength(2);
      for (const key of keys) expect(await client.ttl(key)).toBeGreaterThan(0);
    });
  });
});

import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictOf, type WindowAnswer } from '../../src/limits/rate-limiter.js';
import { windowScript } from '../../src/limits/window-script.js';
import { SlidingWindow, type Limit, type WindowVerdict } from '../../src/limits/window.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const START = 1_790_000_000_000;
const REFUSED = { allowed: false, remaining: 0 };

const limits = fc.record({ requests: fc.integer({ min: 1, max: 12 }), seconds: fc.integer({ min: 1, max: 90 }) });
/** Pauses between requests in thousandths of the limit's length: most are bursts, some leave whole windows out. */
const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 300 }), fc.nat({ max: 2_500 })), { maxLength: 40 });

/** The moments of requests that come after such pauses. */
function momentsOf({ seconds }: Limit, thousandths: readonly number[], start = START): number[] {
  let now = start;
  return thousandths.map((pause) => (now += pause * seconds));
}

/** A window that has seen requests at these moments, and what it said to the last one. */
function after(limit: Limit, moments: readonly number[]): { window: SlidingWindow; verdict?: WindowVerdict } {
  const window = new SlidingWindow();
  return { window, verdict: moments.map((now) => window.take(limit, now)).at(-1) };
}

describe(SlidingWindow.name, () => {
  it('has room for whoever waits as told, and not a second earlier', () => {
    fc.assert(
      fc.property(limits, pauses, fc.nat({ max: 90_000 }), (limit, thousandths, offset) => {
        const moments = momentsOf(limit, thousandths, START + offset);
        const { window, verdict } = after(limit, moments);
        fc.pre(verdict?.remaining === 0);
        const now = moments.at(-1) ?? START;
        const told = verdict?.resetSeconds ?? 0;
        expect(told).toBeGreaterThanOrEqual(1);
        if (told > 1) expect(window.take(limit, now + (told - 1) * 1_000)).toMatchObject(REFUSED);
        expect(window.take(limit, now + told * 1_000).allowed).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives no more places in a fixed window than the limit', () => {
    fc.assert(
      fc.property(limits, pauses, (limit, thousandths) => {
        const window = new SlidingWindow();
        const given = momentsOf(limit, thousandths).filter((now) => window.take(limit, now).allowed);
        const counts = new Map<number, number>();
        for (const now of given) {
          const fixed = Math.floor(now / (limit.seconds * 1_000));
          counts.set(fixed, (counts.get(fixed) ?? 0) + 1);
        }
        expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(limit.requests);
      }),
    );
  });

  it.each([0, 1, 500, 30_000, 59_999])('one a minute is one every 60 s, %i ms into a window as well', (offset) => {
    const limit = { requests: 1, seconds: 60 };
    const start = Math.floor(START / 60_000) * 60_000 + offset;
    const window = new SlidingWindow();
    for (let minute = 0; minute < 5; minute += 1) {
      const now = start + minute * 60_000;
      expect(window.take(limit, now)).toEqual({ allowed: true, remaining: 0, resetSeconds: 60 });
      expect(window.take(limit, now + 59_999)).toEqual({ ...REFUSED, resetSeconds: 1 });
    }
  });

  it('tells the truth after its limit was lowered', () => {
    const { window } = after(
      { requests: 10, seconds: 60 },
      Array.from({ length: 10 }, () => START),
    );
    const lowered = { requests: 3, seconds: 60 };
    const { resetSeconds } = window.take(lowered, START);
    expect(window.take(lowered, START + (resetSeconds - 1) * 1_000).allowed).toBe(false);
    expect(window.take(lowered, START + resetSeconds * 1_000).allowed).toBe(true);
  });
});

describe(windowScript.name, () => {
  let redis: TestRedis | undefined;
  let client: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  afterAll(async () => {
    client.disconnect();
    await redis?.close();
  });

  let keys = 0;
  const freshKey = (): string => `window:${(keys += 1)}`;

  /** Asks for places at a moment of the test's own. */
  async function take(key: string, { requests, seconds }: Limit, now: number, asked: number): Promise<WindowVerdict[]> {
    const script = windowScript('local now = tonumber(ARGV[#ARGV])');
    const [answer] = (await client.eval(script, 1, key, requests, seconds, asked, now)) as [WindowAnswer];
    return Array.from({ length: asked }, (_, index) => verdictOf(answer, index + 1));
  }

  it('says what the window in memory says, one by one and many at once', async () => {
    const asks = fc.array(fc.tuple(fc.nat({ max: 1_200 }), fc.integer({ min: 1, max: 5 })), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(limits, asks, async (limit, steps) => {
        const key = freshKey();
        const window = new SlidingWindow();
        const moments = momentsOf(
          limit,
          steps.map(([pause]) => pause),
        );
        for (const [index, now] of moments.entries()) {
          const asked = steps[index]?.[1] ?? 1;
          const inMemory = Array.from({ length: asked }, () => window.take(limit, now));
          expect(await take(key, limit, now, asked)).toEqual(inMemory);
        }
      }),
    );
  });

  it('goes on from what an earlier version left in Redis', async () => {
    const key = freshKey();
    const length = 60_000;
    await client.hset(key, { index: Math.floor(START / length) - 1, current: 10, previous: 0 });
    const limit = { requests: 10, seconds: 60 };
    const start = Math.floor(START / length) * length;
    expect(await take(key, limit, start, 1)).toEqual([{ ...REFUSED, resetSeconds: 6 }]);
    expect(await take(key, limit, start + 6_000, 1)).toMatchObject([{ allowed: true }]);
  });
});

import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictOf, type WindowAnswer } from '../../src/limits/rate-limiter.js';
import { PlacesAhead } from '../../src/limits/places-ahead.js';
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

  interface Ask {
    readonly asked: number;
    readonly ahead?: number;
    readonly unused?: number;
    readonly countedIn?: number;
  }

  /** Asks for places at a moment of the test's own. */
  async function ask(key: string, { requests, seconds }: Limit, now: number, of: Ask): Promise<WindowAnswer> {
    const { asked, ahead = 0, unused = 0, countedIn = 0 } = of;
    const script = windowScript('local now = tonumber(ARGV[#ARGV])');
    const args = [requests, seconds, asked, ahead, unused, countedIn, now];
    const [answer] = (await client.eval(script, 1, key, ...args)) as [WindowAnswer];
    return answer;
  }

  async function take(key: string, limit: Limit, now: number, asked: number): Promise<WindowVerdict[]> {
    const answer = await ask(key, limit, now, { asked });
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

  describe('places ahead', () => {
    const limit = { requests: 1_000, seconds: 60 };
    const start = Math.floor(START / 60_000) * 60_000;
    const index = start / 60_000;

    it('are counted when they are given', async () => {
      const key = freshKey();
      expect(await ask(key, limit, start, { asked: 1, ahead: 10 })).toEqual([1, 989, 60, 60, 10, index, 60_000]);
      expect((await ask(key, limit, start, { asked: 1 }))[1]).toBe(988);
    });

    it('are never many of what is left, and none when little is', async () => {
      const key = freshKey();
      expect((await ask(key, limit, start, { asked: 200, ahead: 500 }))[4]).toBe(50);
      await ask(key, limit, start, { asked: 735 });
      expect(await ask(key, limit, start, { asked: 1, ahead: 10 })).toEqual([1, 14, 60, 60, 0, index, 60_000]);
    });

    it('come back to the window that they were counted in', async () => {
      const key = freshKey();
      const late = start + 59_000;
      await ask(key, limit, late, { asked: 1, ahead: 10 });
      expect((await ask(key, limit, late, { asked: 1, unused: 10, countedIn: index }))[1]).toBe(998);
      await ask(key, limit, late, { asked: 1, ahead: 10 });
      // The window before counts in full as the next one begins.
      expect((await ask(key, limit, start + 60_000, { asked: 1, unused: 10, countedIn: index }))[1]).toBe(996);
    });

    it('that are too old to matter change nothing', async () => {
      const key = freshKey();
      await ask(key, limit, start, { asked: 5 });
      expect((await ask(key, limit, start, { asked: 1, unused: 9, countedIn: index - 2 }))[1]).toBe(994);
      expect((await ask(key, limit, start, { asked: 1, unused: 0, countedIn: 0 }))[1]).toBe(993);
    });

    it('all together are never more than the limit, whoever holds them', async () => {
      const small = { requests: 200, seconds: 60 };
      const steps = fc.array(fc.record({ who: fc.nat({ max: 3 }), needed: fc.integer({ min: 1, max: 9 }) }), {
        minLength: 20,
        maxLength: 80,
      });
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const key = freshKey();
          const holders = Array.from({ length: 4 }, () => new PlacesAhead(small));
          let [now, out] = [0, 0];
          for (const { who, needed } of all) {
            const holder = holders[who] as PlacesAhead;
            now += 3;
            while (holder.take(now)) out += 1;
            const of = holder.ask(needed, now);
            const [places, left, seconds, , ahead, countedIn, milliseconds] = await ask(key, small, start + now, {
              asked: needed,
              ...of,
            });
            out += places;
            holder.give({ places: ahead, left, seconds, milliseconds, countedIn }, now);
          }
          expect(out).toBeLessThanOrEqual(small.requests);
        }),
        { numRuns: 30 },
      );
    });
  });
});

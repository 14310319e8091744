import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisService } from '../redis/redis.service.js';
import { TurnBatch } from '../redis/turn-batch.js';
import { withinTime } from '../redis/within-time.js';
import { PlacesAhead, type GivenAhead } from './places-ahead.js';
import { windowScript } from './window-script.js';
import { SlidingWindow, type Limit, type WindowVerdict } from './window.js';

/** Keys kept in memory at once; the oldest are forgotten beyond it. */
const MAX_KEYS = 50_000;
/** Longest wait for Redis, milliseconds: a limit must not slow the request it guards. */
const REDIS_MS = 100;
/** After Redis was too slow, memory decides for this long, milliseconds. */
const REST_MS = 5_000;
/** Requests that are counted in one call at most. */
const MOST_AT_ONCE = 200;

/** What {@link windowScript} answers of one window. */
export type WindowAnswer = readonly [
  given: number,
  left: number,
  overSeconds: number,
  roomSeconds: number,
  ahead: number,
  index: number,
  overMilliseconds: number,
];

interface WithWindows {
  mcWindows(keys: number, ...args: (string | number)[]): Promise<readonly WindowAnswer[]>;
}

/** A place in a window that somebody asks for. */
interface Asked {
  readonly window: string;
  readonly limit: Limit;
}

/** All places in it that are asked for in one call. */
interface AskedWindow extends Asked {
  readonly index: number;
  asked: number;
}

/**
 * Counts requests in sliding windows: in Redis where there is one, so that processes share the count, and in memory
 * otherwise or while Redis cannot answer.
 */
@Injectable()
export class RateLimiter {
  private readonly windows = new Map<string, SlidingWindow>();
  /** What was taken ahead of its use in Redis, by window. */
  private readonly ahead = new Map<string, PlacesAhead>();
  private readonly prepared = new WeakSet<Redis>();
  /** By the steady clock, as everything here but the windows. */
  private restUntil = 0;
  /** Requests of one turn are counted together: most of them are of the same few callers. */
  private readonly batch = new TurnBatch<Asked, WindowVerdict>(MOST_AT_ONCE, (asked) => this.takeInRedis(asked));

  constructor(private readonly redis: RedisService) {}

  /**
   * Takes one place in a window.
   * @param window what is limited and whom it is counted for: `caller:key:ci`
   */
  take(window: string, limit: Limit): WindowVerdict | Promise<WindowVerdict> {
    const now = performance.now();
    if (!this.redis.client || now < this.restUntil) return this.takeInMemory(window, limit);
    return this.aheadOf(window, limit).take(now) ?? this.batch.add({ window, limit });
  }

  /** The same, in this process only: for what must be cheap or is about this process. */
  takeInMemory(name: string, limit: Limit): WindowVerdict {
    let window = this.windows.get(name);
    if (!window) {
      window = new SlidingWindow();
      keep(this.windows, name, window);
    }
    return window.take(limit, Date.now());
  }

  /** What this process holds of a window; nothing when its limit has changed. */
  private aheadOf(window: string, limit: Limit): PlacesAhead {
    const known = this.ahead.get(window);
    if (known?.limit.requests === limit.requests && known.limit.seconds === limit.seconds) return known;
    const fresh = new PlacesAhead(limit);
    keep(this.ahead, window, fresh);
    return fresh;
  }

  private async takeInRedis(asked: readonly Asked[]): Promise<WindowVerdict[]> {
    const windows = new Map<string, AskedWindow>();
    const places = asked.map(({ window: name, limit }) => {
      const id = `${name} ${limit.requests} ${limit.seconds}`;
      const window = windows.get(id) ?? { window: name, limit, index: windows.size, asked: 0 };
      windows.set(id, window);
      window.asked += 1;
      return { window, place: window.asked };
    });
    const answers = await this.ask([...windows.values()]);
    return places.map(({ window, place }) => {
      const answer = answers?.[window.index];
      return answer ? verdictOf(answer, place) : this.takeInMemory(window.window, window.limit);
    });
  }

  /** undefined when Redis is away or too slow: memory decides for a while. */
  private async ask(windows: readonly AskedWindow[]): Promise<readonly WindowAnswer[] | undefined> {
    const { client } = this.redis;
    if (!client) return undefined;
    if (!this.prepared.has(client)) {
      client.defineCommand('mcWindows', { lua: windowScript() });
      this.prepared.add(client);
    }
    const askedAt = performance.now();
    const holders = windows.map(({ window, limit }) => this.aheadOf(window, limit));
    const keys = windows.map(({ window }) => `{mc}:limit:${window}`);
    const limits = windows.flatMap(({ limit, asked }, i) => {
      const { ahead, unused, countedIn } = (holders[i] as PlacesAhead).ask(asked, askedAt);
      return [limit.requests, limit.seconds, asked, ahead, unused, countedIn];
    });
    const reply = (client as unknown as WithWindows).mcWindows(keys.length, ...keys, ...limits);
    const answers = await withinTime(reply, REDIS_MS);
    if (!answers) this.restUntil = performance.now() + REST_MS;
    answers?.forEach((answer, i) => holders[i]?.give(givenAhead(answer), askedAt));
    return answers;
  }
}

/** Puts something in a table of bounded size: the oldest makes room. */
function keep<T>(table: Map<string, T>, name: string, value: T): void {
  if (table.size >= MAX_KEYS && !table.has(name)) table.delete(table.keys().next().value as string);
  table.set(name, value);
}

function givenAhead([, left, seconds, , places, countedIn, milliseconds]: WindowAnswer): GivenAhead {
  return { places, left, seconds, milliseconds, countedIn };
}

/** @param place which of those that were asked for together, from 1 */
export function verdictOf([given, left, overSeconds, roomSeconds, ahead]: WindowAnswer, place: number): WindowVerdict {
  const remaining = Math.max(0, left + ahead + given - place);
  return { allowed: place <= given, remaining, resetSeconds: remaining > 0 ? overSeconds : roomSeconds };
}

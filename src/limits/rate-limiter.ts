import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisService } from '../redis/redis.service.js';
import { TurnBatch } from '../redis/turn-batch.js';
import { withinTime } from '../redis/within-time.js';
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
export type WindowAnswer = readonly [given: number, left: number, overSeconds: number, roomSeconds: number];

interface WithWindows {
  mcWindows(keys: number, ...args: (string | number)[]): Promise<readonly WindowAnswer[]>;
}

/** A place in a window that somebody asks for. */
interface Asked {
  readonly name: string;
  readonly key: string;
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
  private readonly prepared = new WeakSet<Redis>();
  private restUntil = 0;
  /** Requests of one turn are counted together: most of them are of the same few callers. */
  private readonly batch = new TurnBatch<Asked, WindowVerdict>(MOST_AT_ONCE, (asked) => this.takeInRedis(asked));

  constructor(private readonly redis: RedisService) {}

  /**
   * Takes one place in the window of a key.
   * @param name what is limited, `caller`; @param key whom it is counted for
   */
  take(name: string, key: string, limit: Limit): WindowVerdict | Promise<WindowVerdict> {
    const client = this.redis.client;
    if (!client || Date.now() < this.restUntil) return this.takeInMemory(name, key, limit);
    return this.batch.add({ name, key, limit });
  }

  /** The same, in this process only: for what must be cheap or is about this process. */
  takeInMemory(name: string, key: string, limit: Limit): WindowVerdict {
    const id = `${name}:${key}`;
    let window = this.windows.get(id);
    if (!window) {
      if (this.windows.size >= MAX_KEYS) this.windows.delete(this.windows.keys().next().value as string);
      window = new SlidingWindow();
      this.windows.set(id, window);
    }
    return window.take(limit, Date.now());
  }

  private async takeInRedis(asked: readonly Asked[]): Promise<WindowVerdict[]> {
    const windows = new Map<string, AskedWindow>();
    const places = asked.map(({ name, key, limit }) => {
      const id = `${name}:${key} ${limit.requests} ${limit.seconds}`;
      const window = windows.get(id) ?? { name, key, limit, index: windows.size, asked: 0 };
      windows.set(id, window);
      window.asked += 1;
      return { window, place: window.asked };
    });
    const answers = await this.ask([...windows.values()]);
    return places.map(({ window, place }) => {
      const answer = answers?.[window.index];
      return answer ? verdictOf(answer, place) : this.takeInMemory(window.name, window.key, window.limit);
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
    const keys = windows.map(({ name, key }) => `{mc}:limit:${name}:${key}`);
    const limits = windows.flatMap(({ limit, asked }) => [limit.requests, limit.seconds, asked]);
    const asked = (client as unknown as WithWindows).mcWindows(keys.length, ...keys, ...limits);
    const answers = await withinTime(asked, REDIS_MS);
    if (!answers) this.restUntil = Date.now() + REST_MS;
    return answers;
  }
}

/** @param place which of those that were asked for together, from 1 */
export function verdictOf([given, left, overSeconds, roomSeconds]: WindowAnswer, place: number): WindowVerdict {
  const remaining = Math.max(0, left + given - place);
  return { allowed: place <= given, remaining, resetSeconds: remaining > 0 ? overSeconds : roomSeconds };
}

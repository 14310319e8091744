import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisService } from '../redis/redis.service.js';
import { withinTime } from '../redis/within-time.js';
import { SlidingWindow, type Limit, type WindowVerdict } from './window.js';

/** Keys kept in memory at once; the oldest are forgotten beyond it. */
const MAX_KEYS = 50_000;
/** Longest wait for Redis, milliseconds: a limit must not slow the request it guards. */
const REDIS_MS = 100;
/** After Redis was too slow, memory decides for this long, milliseconds. */
const REST_MS = 5_000;

/** The same window as {@link SlidingWindow}, for all processes together and by the clock of Redis. */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local length = tonumber(ARGV[2]) * 1000
local index = math.floor(now / length)
local stored = redis.call('HMGET', KEYS[1], 'index', 'current', 'previous')
local current, previous = tonumber(stored[2]) or 0, tonumber(stored[3]) or 0
local seen = tonumber(stored[1]) or index
if seen ~= index then
  if seen == index - 1 then previous = current else previous = 0 end
  current = 0
end
local elapsed = now % length
local used = previous * (1 - elapsed / length) + current
local allowed = 0
if used + 1 <= tonumber(ARGV[1]) then
  allowed = 1
  current = current + 1
  used = used + 1
end
redis.call('HSET', KEYS[1], 'index', index, 'current', current, 'previous', previous)
redis.call('PEXPIRE', KEYS[1], length * 2)
return { allowed, math.max(0, math.floor(tonumber(ARGV[1]) - used)), math.max(1, math.ceil((length - elapsed) / 1000)) }
`;

interface WithWindow {
  mcWindow(key: string, requests: number, seconds: number): Promise<[number, number, number]>;
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

  constructor(private readonly redis: RedisService) {}

  /**
   * Takes one place in the window of a key.
   * @param name what is limited, `caller`; @param key whom it is counted for
   */
  take(name: string, key: string, limit: Limit): WindowVerdict | Promise<WindowVerdict> {
    const client = this.redis.client;
    if (!client || Date.now() < this.restUntil) return this.takeInMemory(name, key, limit);
    return this.takeInRedis(client, name, key, limit);
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

  private async takeInRedis(client: Redis, name: string, key: string, limit: Limit): Promise<WindowVerdict> {
    if (!this.prepared.has(client)) {
      client.defineCommand('mcWindow', { numberOfKeys: 1, lua: SCRIPT });
      this.prepared.add(client);
    }
    const asked = (client as unknown as WithWindow).mcWindow(
      `{mc}:limit:${name}:${key}`,
      limit.requests,
      limit.seconds,
    );
    const answer = await withinTime(asked, REDIS_MS);
    if (!answer) {
      this.restUntil = Date.now() + REST_MS;
      return this.takeInMemory(name, key, limit);
    }
    const [allowed, remaining, resetSeconds] = answer;
    return { allowed: allowed === 1, remaining, resetSeconds };
  }
}

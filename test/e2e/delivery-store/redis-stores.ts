import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { StoreUnansweredError } from '../../../src/delivery/delivery-store.js';
import {
  RedisDeliveryStore,
  type RedisDeliveryStoreOptions,
} from '../../../src/delivery/redis/redis-delivery-store.js';
import { createLogger } from '../../../src/logging/logger.js';
import { Redactor } from '../../../src/logging/redactor.js';
import { RedisConnection } from '../../../src/redis/redis.connection.js';
import { startRedis, type TestRedis } from '../../support/redis.js';

const DAY_MS = 86_400_000;
export const RETENTION = { recordMs: 7 * DAY_MS, bodyMs: DAY_MS };

export async function connectTo(url: string): Promise<RedisConnection> {
  const connection = new RedisConnection(url, createLogger('silent', new Redactor()).logger);
  await connection.connect();
  onTestFinished(() => connection.close());
  return connection;
}

export async function storeAt(url: string, options: Partial<RedisDeliveryStoreOptions> = {}) {
  const connection = await connectTo(url);
  const store = new RedisDeliveryStore(connection, { retention: RETENTION, ...options });
  onTestFinished(() => store.close());
  return { store, connection };
}

export async function redisOfItsOwn(args: readonly string[] = []): Promise<TestRedis> {
  const redis = await startRedis(args);
  onTestFinished(() => redis.close());
  return redis;
}

/** Milliseconds until it was refused because Redis did not answer. */
export async function unansweredAfter(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await expect(action()).rejects.toThrow(StoreUnansweredError);
  return performance.now() - started;
}

/** Tries until it works. */
export async function untilAnswered<T>(action: () => Promise<T>, milliseconds: number): Promise<T> {
  const giveUp = Date.now() + milliseconds;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      await sleep(20);
    }
  }
}

/** Takes all the memory there is. */
export async function fill({ client }: RedisConnection): Promise<void> {
  for (const size of [100_000, 10_000, 1_000]) {
    try {
      for (;;) await client.append('ballast', 'x'.repeat(size));
    } catch {
      // Full, by this measure.
    }
  }
}

/** Makes the scripts of a connection meet what a Redis before 7 says: to it, the line in front of them is no Lua. */
export function refuseScriptFlags({ client }: RedisConnection): void {
  const define = client.defineCommand.bind(client);
  client.defineCommand = (name, { lua, ...rest }) => {
    const refusal = `return redis.error_reply("ERR Error compiling script (new function): near '#'")`;
    define(name, { ...rest, lua: lua?.startsWith('#!') ? refusal : lua });
  };
}

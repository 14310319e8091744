import type { Redis } from 'ioredis';
import type { RedisService } from '../../redis/redis.service.js';
import type { CallbackOutbox, PendingCallback } from './callback-outbox.js';

const DUE = '{mc}:callbacks';
const BODIES = '{mc}:callbacks:bodies';

const PUT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
return 1
`;

const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local found = {}
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], now + ARGV[2], id)
  found[#found + 1] = redis.call('HGET', KEYS[2], id) or ''
end
return found
`;

interface Scripts {
  mcCallbackPut(due: string, bodies: string, id: string, entry: string, delayMs: number): Promise<number>;
  mcCallbackTake(due: string, bodies: string, limit: number, leaseMs: number): Promise<string[]>;
}

/** Outcomes in Redis: whichever worker has time tells them. */
export class RedisCallbackOutbox implements CallbackOutbox {
  private readonly prepared = new WeakSet<Redis>();

  constructor(private readonly redis: RedisService) {}

  async add(callback: PendingCallback): Promise<void> {
    await this.postpone(callback, 0);
  }

  async take(limit: number, leaseMs: number): Promise<readonly PendingCallback[]> {
    const entries = await this.scripts().mcCallbackTake(DUE, BODIES, limit, leaseMs);
    return entries.filter((entry) => entry !== '').map((entry) => JSON.parse(entry) as PendingCallback);
  }

  async postpone(callback: PendingCallback, delayMs: number): Promise<void> {
    await this.scripts().mcCallbackPut(DUE, BODIES, callback.id, JSON.stringify(callback), delayMs);
  }

  async remove(id: string): Promise<void> {
    await this.client().multi().zrem(DUE, id).hdel(BODIES, id).exec();
  }

  /** @throws Error while Redis is away */
  private client(): Redis {
    const { client } = this.redis;
    if (!client) throw new Error('Redis is away');
    return client;
  }

  private scripts(): Scripts {
    const client = this.client();
    if (!this.prepared.has(client)) {
      client.defineCommand('mcCallbackPut', { numberOfKeys: 2, lua: PUT });
      client.defineCommand('mcCallbackTake', { numberOfKeys: 2, lua: TAKE });
      this.prepared.add(client);
    }
    return client as unknown as Scripts;
  }
}

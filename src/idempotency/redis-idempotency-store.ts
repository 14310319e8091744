import type { Redis } from 'ioredis';
import type { RedisService } from '../redis/redis.service.js';
import {
  KEEP_MS,
  type ClaimRequest,
  type IdempotencyStore,
  type KeptAnswer,
  type KeyClaim,
} from './idempotency-store.js';

const CLAIM = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'fingerprint', 'status', 'body', 'headers', 'lease', 'id')
if not kept[1] then
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'owner', ARGV[2], 'lease', now + ARGV[3], 'id', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  return { 'new', ARGV[4] }
end
if kept[1] ~= ARGV[1] then return { 'other-request' } end
if kept[2] then return { 'done', kept[2], kept[3], kept[4] } end
local left = tonumber(kept[5]) - now
if left > 0 then return { 'running', tostring(left) } end
redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'lease', now + ARGV[3])
return { 'abandoned', kept[6] }
`;

const COMPLETE = `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'body', ARGV[3], 'headers', ARGV[4])
return 1
`;

const RELEASE = `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

interface Scripts {
  mcIdemClaim(key: string, ...args: (string | number)[]): Promise<string[]>;
  mcIdemComplete(key: string, ...args: (string | number)[]): Promise<number>;
  mcIdemRelease(key: string, owner: string): Promise<number>;
}

/** Idempotency keys in Redis, shared by all processes; every step is one script by the clock of Redis. */
export class RedisIdempotencyStore implements IdempotencyStore {
  private readonly prepared = new WeakSet<Redis>();

  constructor(private readonly redis: RedisService) {}

  async claim(request: ClaimRequest): Promise<KeyClaim> {
    const { key, fingerprint, owner, leaseMs, id } = request;
    const [kind = '', first = '', body = '', headers = '{}'] = await this.scripts().mcIdemClaim(
      name(key),
      fingerprint,
      owner,
      leaseMs,
      id,
      KEEP_MS,
    );
    if (kind === 'new' || kind === 'abandoned') return { kind, id: first };
    if (kind === 'running') return { kind, retryAfterSeconds: Math.max(1, Math.ceil(Number(first) / 1_000)) };
    if (kind === 'done') {
      return { kind, answer: { status: Number(first), body, headers: JSON.parse(headers) as Record<string, string> } };
    }
    return { kind: 'other-request' };
  }

  async complete(key: string, owner: string, answer: KeptAnswer): Promise<void> {
    const { status, body, headers } = answer;
    await this.soft((scripts) => scripts.mcIdemComplete(name(key), owner, status, body, JSON.stringify(headers)));
  }

  async release(key: string, owner: string): Promise<void> {
    await this.soft((scripts) => scripts.mcIdemRelease(name(key), owner));
  }

  private async soft(action: (scripts: Scripts) => Promise<unknown>): Promise<void> {
    try {
      await action(this.scripts());
    } catch {
      // The key stays claimed until its lease ends; a repeat is then told that the outcome is unknown.
    }
  }

  /** @throws Error while Redis is away */
  private scripts(): Scripts {
    const { client } = this.redis;
    if (!client) throw new Error('Redis is away');
    if (!this.prepared.has(client)) {
      client.defineCommand('mcIdemClaim', { numberOfKeys: 1, lua: CLAIM });
      client.defineCommand('mcIdemComplete', { numberOfKeys: 1, lua: COMPLETE });
      client.defineCommand('mcIdemRelease', { numberOfKeys: 1, lua: RELEASE });
      this.prepared.add(client);
    }
    return client as unknown as Scripts;
  }
}

function name(key: string): string {
  return `{mc}:idempotency:${key}`;
}

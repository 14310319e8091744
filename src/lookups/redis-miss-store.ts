import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { COUNTED_MS, HELD_MS, type Beginning, type MissStore, type Question } from './miss-store.js';

/** Places stand in a sorted set by the moment at which each counts no more, so a place whose holder died frees itself. */
const BEGIN = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local since = redis.call('GET', KEYS[1])
if since then return { 'known', since } end
local most = tonumber(ARGV[1])
if most == 0 then return { 'ask', '0' } end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= most then
  local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  return { 'full', tostring(first[2] - now) }
end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
return { 'ask', '0' }
`;

const SETTLE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREM', KEYS[2], ARGV[2])
if ARGV[3] == '0' then return end
if tonumber(ARGV[4]) > 0 then redis.call('SET', KEYS[1], now, 'PX', ARGV[4]) end
if tonumber(ARGV[1]) > 0 then
  redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
`;

interface Scripts {
  mcLookupBegin(miss: string, places: string, ...args: (string | number)[]): Promise<[string, string]>;
  mcLookupSettle(miss: string, places: string, ...args: (string | number)[]): Promise<null>;
}

const prepared = new WeakSet<Redis>();

/** Misses in Redis, for all processes together and by its clock. */
export class RedisMissStore implements MissStore {
  private readonly scripts: Scripts;

  constructor(client: Redis) {
    if (!prepared.has(client)) {
      client.defineCommand('mcLookupBegin', { numberOfKeys: 2, lua: BEGIN });
      client.defineCommand('mcLookupSettle', { numberOfKeys: 2, lua: SETTLE });
      prepared.add(client);
    }
    this.scripts = client as unknown as Scripts;
  }

  async begin({ subject, app, rules }: Question): Promise<Beginning> {
    const place = randomUUID();
    const [kind, value] = await this.scripts.mcLookupBegin(
      missKey(subject),
      placesKey(app),
      rules.perDay ?? 0,
      place,
      HELD_MS,
    );
    if (kind === 'known') return { kind, since: Number(value) };
    return kind === 'full' ? { kind, waitMs: Number(value) } : { kind: 'ask', place };
  }

  async settle({ subject, app, rules }: Question, place: string, missed: boolean): Promise<void> {
    await this.scripts.mcLookupSettle(
      missKey(subject),
      placesKey(app),
      rules.perDay ?? 0,
      place,
      missed ? 1 : 0,
      Math.round(rules.rememberMs),
      COUNTED_MS,
    );
  }
}

function missKey(subject: string): string {
  return `{mc}:lookup:miss:${subject}`;
}

function placesKey(app: string): string {
  return `{mc}:lookup:misses:${app}`;
}

import type { Redis } from 'ioredis';
import { KEYS_LAST_USED, REVOKED_KEYS } from '../inbound/key-status.keys.js';

/** Redis could not be had, or refused; the message is its own reason. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure';
}

/** What Redis knows about API keys. */
export interface KeysInRedis {
  /** Ids of revoked keys. */
  readonly revoked: ReadonlySet<string>;
  /** Last use by id, epoch seconds. */
  readonly lastUsed: ReadonlyMap<string, number>;
}

/** @throws RedisFailure */
export function readKeys(url: string): Promise<KeysInRedis> {
  return withRedis(url, async (client) => {
    const used = await client.hgetall(KEYS_LAST_USED);
    return {
      revoked: new Set(await client.smembers(REVOKED_KEYS)),
      lastUsed: new Map(Object.entries(used).map(([id, seconds]) => [id, Number(seconds)])),
    };
  });
}

/** @throws RedisFailure */
export async function revokeKey(url: string, id: string): Promise<void> {
  await withRedis(url, (client) => client.sadd(REVOKED_KEYS, id));
}

async function withRedis<T>(url: string, action: (client: Redis) => Promise<T>): Promise<T> {
  // Loaded only where there is a Redis to ask.
  const [{ Redis: Client }, { commandOptions }] = await Promise.all([
    import('ioredis'),
    import('../redis/redis.connection.js'),
  ]);
  const client = new Client(url, { ...commandOptions(), retryStrategy: () => null });
  // What connect() itself says is only that the connection is closed.
  let reason: Error | undefined;
  client.on('error', (error: Error) => (reason = error));
  try {
    await client.connect();
    return await action(client);
  } catch (error) {
    throw new RedisFailure(sentence(reason ?? error), { cause: error });
  } finally {
    client.disconnect();
  }
}

/** An error of several addresses has a code and no message. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}

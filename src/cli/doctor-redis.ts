import { Redis } from 'ioredis';
import { DurabilityError, reportDurability, type Durability } from '../delivery/redis/durability.js';
import type { Redactor } from '../logging/redactor.js';
import { commandOptions } from '../redis/redis.connection.js';
import { redisExposure } from '../redis/redis-exposure.js';
import type { Finding } from './doctor.js';

/** Longest silence of a connection, milliseconds. */
const SILENT_MS = 3_000;

/** Asks Redis what it is and how it keeps deliveries. Reads only, on a connection of its own that is tried once. */
export async function examineRedis(
  url: string,
  durability: Durability,
  redactor: Redactor,
): Promise<readonly Finding[]> {
  const client = new Redis(url, {
    ...commandOptions(),
    // The first question says better than the check what is wrong.
    enableReadyCheck: false,
    retryStrategy: () => null,
    // A Redis that takes the connection and then says nothing must not keep the command.
    socketTimeout: SILENT_MS,
  });
  let lastError: unknown;
  client.on('error', (error) => (lastError = error));
  const { host = '', port = '', path, password } = client.options;
  const address = path ?? `${host}:${port}`;
  redactor.learn(password ?? undefined);
  try {
    await client.connect();
    const version = versionIn(await client.info('server'));
    const secured = password ? 'with a password' : 'without a password';
    const { warnings } = await reportDurability(client, durability);
    return [
      { verdict: 'ok', about: 'redis', text: `${address} answers, version ${version}, ${secured}` },
      ...[...warnings, ...exposureOf(url)].map((text): Finding => ({ verdict: 'note', about: 'redis', text })),
    ];
  } catch (error) {
    const text =
      error instanceof DurabilityError ? error.message : `${address} does not answer [${reasonOf(lastError ?? error)}]`;
    return [{ verdict: 'fail', about: 'redis', text }];
  } finally {
    client.disconnect();
  }
}

function versionIn(info: string): string {
  return /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
}

function exposureOf(url: string): readonly string[] {
  const { open, plain } = redisExposure(url);
  return [
    ...(open ? ['no password: whoever reaches it may read and change what is in it'] : []),
    ...(plain ? ['not encrypted: use rediss:// unless nobody can listen on the way'] : []),
  ];
}

/** `ECONNREFUSED`, or what Redis itself said: `WRONGPASS …`. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

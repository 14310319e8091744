import { Redis, type RedisOptions } from 'ioredis';
import { commandOptions } from '../../redis/redis.connection.js';

/**
 * The connections that Bull works with, each with the options that were measured to survive what happens to Redis
 * (docs/delivery.md): commands fail fast, the blocking ones wait for ever and notice a dead line by silence.
 */
export class BullConnections {
  private readonly made: Redis[] = [];
  private command: Redis | undefined;
  private subscriber: Redis | undefined;

  constructor(private readonly url: string) {}

  /** Can a job be added right now? */
  get ready(): boolean {
    return this.command?.status === 'ready';
  }

  /** Bull's factory: one command client and one subscriber for all queues, a blocking client for each. */
  readonly create = (type: 'client' | 'subscriber' | 'bclient'): Redis => {
    if (type === 'client') return (this.command ??= this.open({ ...commandOptions(), lazyConnect: false }));
    if (type === 'subscriber') return (this.subscriber ??= this.open(blockingOptions()));
    return this.open(blockingOptions(), BlockingClient);
  };

  close(): void {
    for (const client of this.made) client.disconnect();
  }

  private open(options: RedisOptions, Client = Redis): Redis {
    const client = new Client(this.url, options);
    // Bull reports errors itself; without a listener one would end the process.
    client.on('error', () => undefined);
    this.made.push(client);
    return client;
  }
}

/**
 * As Bull pauses it opens its blocking connection anew, and hears of that only when its jobs are done: where ioredis is
 * already about to, or cannot, it would be a rejection that nobody handles, which ends the process. Whoever needs the
 * connection waits for its event.
 */
class BlockingClient extends Redis {
  override connect(...args: Parameters<Redis['connect']>): Promise<void> {
    return super.connect(...args).catch(() => undefined);
  }
}

function blockingOptions(): RedisOptions {
  const { connectTimeout, socketTimeout, keepAlive, retryStrategy, reconnectOnError } = commandOptions();
  // Required by Bull for connections that block: no limit of repeats, no ready check.
  return {
    connectTimeout,
    socketTimeout,
    keepAlive,
    retryStrategy,
    reconnectOnError,
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
  };
}

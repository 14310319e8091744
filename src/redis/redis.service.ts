import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ConfigService } from '../config/config.service.js';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import type { RedisConnection, RedisState } from './redis.connection.js';
import { redisExposure } from './redis-exposure.js';

/** Redis, where it is configured. Whoever asks must be able to go on without it. */
@Injectable()
export class RedisService implements OnModuleInit, OnApplicationShutdown {
  private readonly url: string | undefined;
  private connection: RedisConnection | undefined;

  constructor(
    config: ConfigService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.url = config.current.redis.url;
  }

  /** Is Redis configured at all? */
  get configured(): boolean {
    return this.url !== undefined;
  }

  /** null where Redis is not configured. */
  get state(): RedisState | null {
    return this.url === undefined ? null : (this.connection?.state ?? 'away');
  }

  /** The client, if Redis can be asked right now. */
  get client(): Redis | undefined {
    return this.connection?.state === 'ready' ? this.connection.client : undefined;
  }

  async onModuleInit(): Promise<void> {
    if (this.url === undefined) return;
    this.warnAbout(this.url);
    // Loaded only here: without Redis no start waits for its client.
    const { RedisConnection: Connection } = await import('./redis.connection.js');
    this.connection = new Connection(this.url, this.logger);
    await this.connection.connect();
  }

  private warnAbout(url: string): void {
    const { open, plain } = redisExposure(url);
    if (open) this.logger.warn('redis: no password: whoever reaches it may read and change what is in it');
    if (plain) this.logger.warn('redis: not encrypted: use rediss:// unless nobody can listen on the way');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection?.close();
  }
}

import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ConfigService } from '../config/config.service.js';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import { RedisConnection, type RedisState } from './redis.connection.js';

/** Redis, where it is configured. Whoever asks must be able to go on without it. */
@Injectable()
export class RedisService implements OnModuleInit, OnApplicationShutdown {
  private readonly connection: RedisConnection | undefined;

  constructor(config: ConfigService, @Inject(LOGGER) logger: Logger) {
    const { url } = config.current.redis;
    this.connection = url === undefined ? undefined : new RedisConnection(url, logger);
  }

  /** Is Redis configured at all? */
  get configured(): boolean {
    return this.connection !== undefined;
  }

  /** null where Redis is not configured. */
  get state(): RedisState | null {
    return this.connection?.state ?? null;
  }

  /** The client, if Redis can be asked right now. */
  get client(): Redis | undefined {
    return this.connection?.state === 'ready' ? this.connection.client : undefined;
  }

  async onModuleInit(): Promise<void> {
    await this.connection?.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection?.close();
  }
}

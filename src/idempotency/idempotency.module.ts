import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ConfigService } from '../config/config.service.js';
import { RedisService } from '../redis/redis.service.js';
import { IDEMPOTENCY_STORE, IdempotencyGuard } from './idempotency.guard.js';
import type { IdempotencyStore } from './idempotency-store.js';
import { MemoryIdempotencyStore } from './memory-idempotency-store.js';
import { RedisIdempotencyStore } from './redis-idempotency-store.js';

/** Repeats of a request get the first answer. Must be imported after the module that reads bodies: guards run in order. */
@Global()
@Module({
  providers: [
    {
      provide: IDEMPOTENCY_STORE,
      inject: [RedisService, ConfigService],
      useFactory: (redis: RedisService, config: ConfigService): IdempotencyStore | undefined => {
        if (redis.configured) return new RedisIdempotencyStore(redis);
        // Several processes without a shared store cannot keep the promise: the guard says so.
        return config.current.server.workers > 1 ? undefined : new MemoryIdempotencyStore();
      },
    },
    IdempotencyGuard,
    { provide: APP_GUARD, useExisting: IdempotencyGuard },
  ],
  // Uploads are claimed by their routes.
  exports: [IdempotencyGuard],
})
export class IdempotencyModule {}

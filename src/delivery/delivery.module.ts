import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Config } from '../config/config.schema.js';
import { ConfigService } from '../config/config.service.js';
import { RedisService } from '../redis/redis.service.js';
import { CALLBACK_OUTBOX, CallbackService } from './callbacks/callback.service.js';
import { MemoryCallbackOutbox } from './callbacks/memory-callback-outbox.js';
import { RedisCallbackOutbox } from './callbacks/redis-callback-outbox.js';
import { subscriptionsOf } from './callbacks/subscriptions.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveriesService } from './deliveries.service.js';
import { DeliveryEvents } from './delivery.events.js';
import { DeliveryProcessor } from './delivery.processor.js';
import { DeliveryStatusService } from './delivery-status.service.js';
import { DeliveryService } from './delivery.service.js';
import type { Retention, Subscriptions } from './delivery-store.js';
import { DELIVERY_STORE, WAKE_QUEUE } from './delivery.tokens.js';
import { DeliveryWorker } from './delivery.worker.js';
import { MemoryDeliveryStore } from './memory/memory-delivery-store.js';
import { MemoryWakeQueue } from './queue/memory-wake-queue.js';
import { RedisDeliveryStore } from './redis/redis-delivery-store.js';

/** The record of a final delivery is kept for a week; its body, which may hold what people wrote, for a day. */
const RETENTION: Retention = { recordMs: 7 * 86_400_000, bodyMs: 86_400_000 };

/**
 * The asynchronous road: records in a store, wake-ups in a queue, workers that send. With Redis both are shared by all
 * processes and survive them; without it their twins serve one process.
 */
@Global()
@Module({})
export class DeliveryModule {
  static async register(config: Config): Promise<DynamicModule> {
    const { url } = config.redis;
    const { role, workers } = config.server;
    const possible = url !== undefined || workers === 1;
    const works = possible && role !== 'api';
    const road = url === undefined ? memoryRoad(possible) : await redisRoad(url, config.delivery.durability);
    return {
      module: DeliveryModule,
      imports: road.imports,
      controllers: [DeliveriesController],
      providers: [
        ...road.providers,
        DeliveryEvents,
        DeliveryService,
        DeliveriesService,
        DeliveryStatusService,
        // Cancelling is an outcome too, and it happens where requests are served.
        ...(possible ? [CallbackService] : []),
        ...(works ? [DeliveryProcessor, DeliveryWorker] : []),
      ],
      exports: [DELIVERY_STORE, WAKE_QUEUE, DeliveryEvents, DeliveryStatusService],
    };
  }
}

/** What a road brings into the module. */
export interface Road {
  readonly imports: DynamicModule[];
  readonly providers: Provider[];
}

async function redisRoad(url: string, durability: Config['delivery']['durability']): Promise<Road> {
  // Loaded only where there is a Redis: Bull and its client are a tenth of the time that a start takes.
  const { bullRoad } = await import('./queue/bull-road.js');
  const bull = bullRoad(url);
  return {
    imports: bull.imports,
    providers: [
      ...bull.providers,
      {
        provide: DELIVERY_STORE,
        inject: [RedisService, ConfigService],
        useFactory: (redis: RedisService, config: ConfigService) =>
          new RedisDeliveryStore(redis, { retention: RETENTION, durability, subscriptions: subscriptionsIn(config) }),
      },
      {
        provide: CALLBACK_OUTBOX,
        inject: [RedisService],
        useFactory: (redis: RedisService) => new RedisCallbackOutbox(redis),
      },
    ],
  };
}

/** Several processes cannot share memory: they get no store, and asynchronous requests are told why. */
function memoryRoad(possible: boolean): Road {
  const outbox = new MemoryCallbackOutbox();
  return {
    imports: [],
    providers: [
      { provide: WAKE_QUEUE, useClass: MemoryWakeQueue },
      {
        provide: DELIVERY_STORE,
        inject: [ConfigService],
        useFactory: (config: ConfigService) =>
          possible
            ? new MemoryDeliveryStore({ retention: RETENTION, subscriptions: subscriptionsIn(config), outbox })
            : undefined,
      },
      { provide: CALLBACK_OUTBOX, useValue: outbox },
    ],
  };
}

/** As the configuration has it at the moment; worked out again when it has changed. */
function subscriptionsIn(config: ConfigService): () => Subscriptions {
  let known: { readonly targets: Config['callbacks']; readonly subscriptions: Subscriptions } | undefined;
  return () => {
    const targets = config.current.callbacks;
    if (known?.targets !== targets) known = { targets, subscriptions: subscriptionsOf(targets) };
    return known.subscriptions;
  };
}

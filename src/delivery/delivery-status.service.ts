import { Inject, Injectable, Optional, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import type { DeliveryCounts, DeliveryStore } from './delivery-store.js';
import { DELIVERY_STORE, WAKE_QUEUE } from './delivery.tokens.js';
import { DeliveryWorker } from './delivery.worker.js';
import { DurabilityError, type DurabilityReport } from './redis/durability.js';
import { RedisDeliveryStore } from './redis/redis-delivery-store.js';
import type { WakeQueue } from './wake-queue.js';

/** What `/sys/status` tells about deliveries. */
export interface DeliveryReport {
  /** `none`: several processes without Redis; asynchronous requests are refused. */
  readonly store: 'redis' | 'memory' | 'none';
  /** Do accepted deliveries survive this process? */
  readonly durable: boolean;
  /** What a 202 is worth on this Redis; null without one, or while it cannot be asked. */
  readonly worth: DurabilityReport | null;
  /** null while the store cannot be asked. */
  readonly counts: DeliveryCounts | null;
  /** Wake-ups that wait for a worker. */
  readonly queued: number | null;
  /** Seconds since this process last looked for due deliveries; null where it does not work on them. */
  readonly sweptSecondsAgo: number | null;
}

/** Looks at deliveries as a whole, for operators. */
@Injectable()
export class DeliveryStatusService implements OnApplicationBootstrap {
  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore | undefined,
    @Inject(WAKE_QUEUE) private readonly queue: WakeQueue,
    @Inject(LOGGER) private readonly logger: Logger,
    @Optional() private readonly worker?: DeliveryWorker,
  ) {}

  /** Says at the start what a 202 is worth here. */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.store) return;
    if (!(this.store instanceof RedisDeliveryStore)) {
      this.logger.warn('deliveries: kept in the memory of this process, they do not survive it; configure REDIS_URL');
      return;
    }
    // A Redis that cannot give the durability that was asked for is a wrong configuration: better not to start.
    const worth = await this.worth((error) => error instanceof DurabilityError);
    for (const warning of worth?.warnings ?? []) this.logger.warn({ warning }, 'deliveries: durability');
  }

  async report(): Promise<DeliveryReport> {
    const [worth, counts, queued] = await Promise.all([this.worth(), this.counts(), this.queue.depth()]);
    return {
      store: storeName(this.store),
      durable: this.store?.durable ?? false,
      worth,
      counts,
      queued: queued ?? null,
      sweptSecondsAgo: this.worker ? Math.round((Date.now() - this.worker.lastSweepAt) / 1_000) : null,
    };
  }

  /** null while the store cannot be asked. */
  async counts(): Promise<DeliveryCounts | null> {
    return (await this.store?.counts().catch(() => undefined)) ?? null;
  }

  /** @param fatal errors that are passed on; all others mean that it cannot be told now */
  private async worth(fatal: (error: unknown) => boolean = () => false): Promise<DurabilityReport | null> {
    if (!(this.store instanceof RedisDeliveryStore)) return null;
    try {
      return await this.store.checkDurability();
    } catch (error) {
      if (fatal(error)) throw error;
      return null;
    }
  }
}

function storeName(store: DeliveryStore | undefined): DeliveryReport['store'] {
  if (!store) return 'none';
  return store instanceof RedisDeliveryStore ? 'redis' : 'memory';
}

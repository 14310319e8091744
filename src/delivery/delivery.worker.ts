import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import { WOKEN_AGAIN_MS, type DeliveryStore } from './delivery-store.js';
import { DeliveryProcessor } from './delivery.processor.js';
import { DELIVERY_STORE, WAKE_QUEUE } from './delivery.tokens.js';
import { MemoryWakeQueue } from './queue/memory-wake-queue.js';
import type { WakeQueue } from './wake-queue.js';

/** How often the sweeper looks, milliseconds: how late a scheduled message may leave at most. */
const SWEEP_MS = 500;
/** Deliveries it wakes at once. */
const SWEEP_BATCH = 500;
/** When there are more it looks again after this long, milliseconds, until the workers have enough to do. */
const MORE_MS = 50;
/** Above this many waiting wake-ups the workers have enough to do: whatever one of them is for only waits its turn. */
const DEEP_QUEUE = 2_000;
/** Sweeps from one pruning to the next, unless there was more to prune. */
const PRUNE_EVERY = 60;
const PRUNE_BATCH = 1_000;

/**
 * The working half of the module: takes wake-ups, and sweeps: scheduled messages whose time has come, retries, wake-ups
 * that were lost, and attempts whose worker did not come back.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  /** Wakes this process alone, while the queue has no room to be written. */
  private readonly local = new MemoryWakeQueue();
  private stopped = false;
  private rounds = 0;
  private prunesOn = false;
  /** When a sweep last went through, epoch milliseconds; liveness looks at it. */
  lastSweepAt = Date.now();

  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    @Inject(WAKE_QUEUE) private readonly queue: WakeQueue,
    private readonly processor: DeliveryProcessor,
    private readonly config: ConfigService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { concurrency } = this.config.current.delivery;
    await this.local.work(concurrency, this.processor.process);
    await this.queue.work(concurrency, this.processor.process);
    this.schedule();
  }

  /** Before the HTTP server closes: no new work; what runs is finished. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
    await Promise.all([this.processor.close(), this.local.close(), this.queue.close()]);
  }

  private schedule(afterMs = SWEEP_MS): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep().then((more) => this.schedule(more ? MORE_MS : SWEEP_MS));
    }, afterMs);
  }

  /** Is there more than could be woken at once? */
  private async sweep(): Promise<boolean> {
    try {
      const depth = await this.queue.depth();
      this.lastSweepAt = Date.now();
      if (depth === undefined) return false;
      // What waits its turn in a deep queue is left there; what is in no queue would never get one.
      const deep = depth > DEEP_QUEUE && !this.queue.full;
      const room = SWEEP_BATCH - (await this.local.depth());
      const ids = await this.store.overdue(room, WOKEN_AGAIN_MS, deep);
      await Promise.all(ids.map((id) => this.wake(id)));
      this.rounds += 1;
      if (this.prunesOn || this.rounds % PRUNE_EVERY === 0) {
        this.prunesOn = (await this.store.prune(PRUNE_BATCH)) === PRUNE_BATCH;
      }
      return !deep && room > 0 && ids.length === room;
    } catch (error) {
      this.logger.debug({ reason: error instanceof Error ? error.name : 'unknown' }, 'sweep put off');
      return false;
    }
  }

  private async wake(id: string): Promise<void> {
    try {
      await this.queue.wake(id, true);
    } catch (error) {
      if (!this.queue.full) throw error;
      // The record can still be written: what was accepted goes on without the queue.
      await this.local.wake(id);
    }
  }
}

import { BullModule } from '@nestjs/bull';
import type { QueueOptions } from 'bull';
import type { Road } from '../delivery.module.js';
import { WAKE_QUEUE } from '../delivery.tokens.js';
import { BullConnections } from './bull-connections.js';
import { BullWakeQueue, QUEUE_NAME } from './bull-wake-queue.js';

/** Bull's own timings: locks outlast the longest attempt, stalls are noticed soon and never decide anything. */
const QUEUE_SETTINGS: QueueOptions['settings'] = {
  lockDuration: 30_000,
  lockRenewTime: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 5,
  guardInterval: 5_000,
  retryProcessDelay: 1_000,
  drainDelay: 5,
};

/** The queue of the road with Redis. Whoever imports this file loads Bull. */
export function bullRoad(url: string): Road {
  const connections = new BullConnections(url);
  return {
    imports: [
      BullModule.registerQueue({
        name: QUEUE_NAME,
        // One slot of a Redis Cluster holds all keys of the queue.
        prefix: '{mc}',
        createClient: connections.create,
        settings: QUEUE_SETTINGS,
      }),
    ],
    providers: [
      { provide: BullConnections, useValue: connections },
      { provide: WAKE_QUEUE, useClass: BullWakeQueue },
    ],
  };
}

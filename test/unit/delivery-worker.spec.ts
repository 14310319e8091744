import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { ConfigService } from '../../src/config/config.service.js';
import { MemoryCallbackOutbox } from '../../src/delivery/callbacks/memory-callback-outbox.js';
import type { DeliveryProcessor } from '../../src/delivery/delivery.processor.js';
import { DeliveryWorker } from '../../src/delivery/delivery.worker.js';
import { MemoryDeliveryStore } from '../../src/delivery/memory/memory-delivery-store.js';
import type { WakeQueue } from '../../src/delivery/wake-queue.js';
import { createLogger } from '../../src/logging/logger.js';
import { Redactor } from '../../src/logging/redactor.js';
import { anOrder, delivered, later, mustSend } from '../support/deliveries.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A worker over a store, with a queue that only counts whom it was told to wake. */
async function startWorker({ recordMs = 3_600_000, firstWakeMs = 0 } = {}) {
  const clock = (): number => Date.now();
  const retention = { recordMs, bodyMs: recordMs };
  const store = new MemoryDeliveryStore({ retention, outbox: new MemoryCallbackOutbox(clock), clock, firstWakeMs });
  const woken: string[] = [];
  const queue: WakeQueue & { waiting: number } = {
    full: false,
    waiting: 0,
    wake: async (id: string) => void woken.push(id),
    work: async () => undefined,
    depth: async () => queue.waiting,
    close: async () => undefined,
  };
  const processor = { process: async () => undefined, close: async () => undefined } as unknown as DeliveryProcessor;
  const config = { current: { delivery: { concurrency: 1 } } } as ConfigService;
  const worker = new DeliveryWorker(store, queue, processor, config, createLogger('silent', new Redactor()).logger);
  onTestFinished(async () => {
    await worker.beforeApplicationShutdown();
    await store.close();
  });
  const start = (): Promise<void> => worker.onApplicationBootstrap();
  return { store, queue, woken, start };
}

it('more overdue ones than it wakes at once do not wait for the next sweep', async () => {
  const { store, woken, start } = await startWorker();
  for (let i = 0; i < 1_200; i += 1) await store.accept(anOrder());
  await start();
  await vi.advanceTimersByTimeAsync(550);
  expect(woken).toHaveLength(1_000);
  await vi.advanceTimersByTimeAsync(50);
  expect(new Set(woken).size).toBe(1_200);
});

it('wakes no more while the workers have enough to do', async () => {
  const { store, queue, woken, start } = await startWorker();
  for (let i = 0; i < 1_200; i += 1) await store.accept(anOrder());
  await start();
  await vi.advanceTimersByTimeAsync(500);
  queue.waiting = 2_001;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(woken).toHaveLength(500);
});

it('more records to forget than it forgets at once do not wait for half a minute', async () => {
  const { store, start } = await startWorker({ recordMs: 1_000 });
  const forgotten = vi.spyOn(store, 'prune');
  for (let i = 0; i < 1_500; i += 1) await delivered(store);
  await start();
  await vi.advanceTimersByTimeAsync(30_600);
  expect(await Promise.all(forgotten.mock.results.map(({ value }) => value as Promise<number>))).toEqual([1_000, 500]);
});

it('while the queue stays deep, what is scheduled, tried again or taken over gets its turn all the same', async () => {
  const { store, queue, woken, start } = await startWorker({ firstWakeMs: 5_000 });
  const scheduled = await store.accept(anOrder({ delayMs: 5_000 }));
  const retried = await delivered(store, later(5_000));
  const crashed = await store.accept(anOrder());
  await mustSend(store, crashed.id, 15_000);
  // As much arrives as is sent.
  queue.waiting = 2_100;
  await start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(new Set(woken)).toEqual(new Set([scheduled.id, retried, crashed.id]));
});

it('what is over is forgotten while the queue is deep as well', async () => {
  const { store, queue, start } = await startWorker({ recordMs: 1_000 });
  await delivered(store);
  const forgotten = vi.spyOn(store, 'prune');
  queue.waiting = 2_100;
  await start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await forgotten.mock.results[0]?.value).toBe(1);
});

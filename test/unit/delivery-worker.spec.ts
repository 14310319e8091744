import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { ConfigService } from '../../src/config/config.service.js';
import { MemoryCallbackOutbox } from '../../src/delivery/callbacks/memory-callback-outbox.js';
import type { DeliveryProcessor } from '../../src/delivery/delivery.processor.js';
import { DeliveryWorker } from '../../src/delivery/delivery.worker.js';
import { MemoryDeliveryStore } from '../../src/delivery/memory/memory-delivery-store.js';
import type { WakeQueue } from '../../src/delivery/wake-queue.js';
import { createLogger } from '../../src/logging/logger.js';
import { Redactor } from '../../src/logging/redactor.js';
import { anOrder, delivered } from '../support/deliveries.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A worker over a store, with a queue that only counts whom it was told to wake. */
async function startWorker(recordMs = 3_600_000) {
  const clock = (): number => Date.now();
  const retention = { recordMs, bodyMs: recordMs };
  const store = new MemoryDeliveryStore({ retention, outbox: new MemoryCallbackOutbox(clock), clock, firstWakeMs: 0 });
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
  const { store, start } = await startWorker(1_000);
  const forgotten = vi.spyOn(store, 'prune');
  for (let i = 0; i < 1_500; i += 1) await delivered(store);
  await start();
  await vi.advanceTimersByTimeAsync(30_600);
  expect(await Promise.all(forgotten.mock.results.map(({ value }) => value as Promise<number>))).toEqual([1_000, 500]);
});

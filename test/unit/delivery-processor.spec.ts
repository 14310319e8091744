import { expect, it, onTestFinished, vi } from 'vitest';
import type { ConfigService } from '../../src/config/config.service.js';
import type { DeliveryEvents } from '../../src/delivery/delivery.events.js';
import { DeliveryProcessor } from '../../src/delivery/delivery.processor.js';
import { MemoryCallbackOutbox } from '../../src/delivery/callbacks/memory-callback-outbox.js';
import { MemoryDeliveryStore } from '../../src/delivery/memory/memory-delivery-store.js';
import { MemoryWakeQueue } from '../../src/delivery/queue/memory-wake-queue.js';
import { createLogger } from '../../src/logging/logger.js';
import { Redactor } from '../../src/logging/redactor.js';
import type { PlatformCaller } from '../../src/providers/platform-caller.js';
import type { ProviderRegistry } from '../../src/providers/provider.registry.js';
import { anOrder } from '../support/deliveries.js';

/** A processor whose platform says yes at once, over a store that cannot write ends while `away`. */
async function startProcessor() {
  vi.useFakeTimers();
  const clock = (): number => Date.now();
  const retention = { recordMs: 3_600_000, bodyMs: 3_600_000 };
  const store = new MemoryDeliveryStore({ retention, outbox: new MemoryCallbackOutbox(clock), clock });
  const finish = store.finish.bind(store);
  const state = { away: false };
  store.finish = (...end) => (state.away ? Promise.reject(new Error('away')) : finish(...end));
  const sent: string[] = [];
  const platform = {
    execute: async (...[, , , request]: Parameters<PlatformCaller['execute']>) => {
      sent.push(JSON.stringify(request));
      return { outcome: 'sent', data: null };
    },
  } as unknown as PlatformCaller;
  const registry = {
    provider: () => undefined,
    operation: () => undefined,
    app: () => undefined,
    timeoutMs: () => 1_000,
    longestTimeoutMs: 1_000,
  } as unknown as ProviderRegistry;
  const config = { current: { delivery: { takeover: 60_000, retry: [1_000] } } } as unknown as ConfigService;
  const events = { attempted: () => undefined, finished: () => undefined } as unknown as DeliveryEvents;
  const { logger } = createLogger('silent', new Redactor());
  const queue = new MemoryWakeQueue();
  const processor = new DeliveryProcessor(store, queue, platform, registry, config, events, logger);
  onTestFinished(async () => {
    vi.useRealTimers();
    await store.close();
  });
  const accept = async (count: number): Promise<string[]> => {
    const accepted = await Promise.all(Array.from({ length: count }, () => store.accept(anOrder())));
    return accepted.map(({ id }) => id);
  };
  return { store, queue, processor, state, sent, accept };
}

it('makes room for the next one as soon as the platform has answered', async () => {
  const { store, processor, accept } = await startProcessor();
  const [id = ''] = await accept(1);
  const order: string[] = [];
  const finish = store.finish.bind(store);
  store.finish = async (...end) => {
    order.push('asked to write the end');
    return finish(...end).finally(() => order.push('written'));
  };
  await processor.process(id, () => void order.push('room'));
  expect(order).toEqual(['asked to write the end', 'room', 'written']);
  expect(await store.get(id)).toMatchObject({ state: 'sent' });
});

it('while ends cannot be written, no more is sent beside them than there was room for', async () => {
  const { store, queue, processor, state, sent, accept } = await startProcessor();
  state.away = true;
  const ids = await accept(20);
  for (const id of ids) await queue.wake(id);
  await queue.work(3, processor.process);
  await vi.advanceTimersByTimeAsync(150);
  // Those that were under way when the first end could not be written, and one in the place of each.
  expect(sent.length).toBeLessThanOrEqual(6);
  state.away = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent).toHaveLength(20);
  const states = await Promise.all(ids.map(async (id) => (await store.get(id))?.state));
  expect(new Set(states)).toEqual(new Set(['sent']));
});

it('a yes of the platform outlives a store that is away for half a minute: nothing is sent twice', async () => {
  const { store, processor, state, sent, accept } = await startProcessor();
  const [id = ''] = await accept(1);
  state.away = true;
  const work = processor.process(id, () => undefined);
  await vi.advanceTimersByTimeAsync(30_000);
  state.away = false;
  await vi.advanceTimersByTimeAsync(1_000);
  await work;
  expect(sent).toHaveLength(1);
  expect(await store.get(id)).toMatchObject({ state: 'sent', possibleDuplicate: false });
});

it('a shutdown does not wait for a store that stays away', async () => {
  const { processor, state, accept } = await startProcessor();
  const [id = ''] = await accept(1);
  state.away = true;
  let ended = false;
  void processor.process(id, () => undefined).then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(ended).toBe(false);
  await processor.close();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ended).toBe(true);
});

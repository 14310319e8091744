import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StoreFullError } from '../../src/delivery/delivery-store.js';
import { MemoryCallbackOutbox } from '../../src/delivery/callbacks/memory-callback-outbox.js';
import { MemoryDeliveryStore } from '../../src/delivery/memory/memory-delivery-store.js';
import type { MemoryBounds } from '../../src/delivery/memory/memory-shelf.js';
import { anOrder, delivered, mustSend } from '../support/deliveries.js';
import { describeDeliveryStore, type StoreSettings } from './delivery-store.contract.js';

const DAY_MS = 86_400_000;
const RETENTION = { recordMs: 7 * DAY_MS, bodyMs: DAY_MS };

function make({ retention = RETENTION, ...settings }: StoreSettings & { bounds?: MemoryBounds } = {}) {
  let now = Date.UTC(2026, 0, 1);
  const clock = (): number => now;
  const outbox = new MemoryCallbackOutbox(clock);
  const store = new MemoryDeliveryStore({ retention, outbox, clock, ...settings });
  onTestFinished(() => store.close());
  const pass = async (milliseconds: number): Promise<void> => {
    now += milliseconds;
  };
  return { store, outbox, pass };
}

describeDeliveryStore('deliveries in memory', async (settings) => make(settings));

describe(MemoryDeliveryStore, () => {
  it('says that nothing survives the process', () => {
    expect(make().store.durable).toBe(false);
  });

  it('a wall clock that was an hour ahead for a moment does not stop it for an hour', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const store = new MemoryDeliveryStore({ retention: RETENTION });
    onTestFinished(() => store.close());
    const started = Date.now();
    vi.setSystemTime(started + 3_600_000);
    await store.counts();
    vi.setSystemTime(started);
    const { id } = await store.accept(anOrder({ delayMs: 1_000 }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
  });

  it('refuses when it is full of what is not final, and accepts again when there is room', async () => {
    const { store } = make({ bounds: { deliveries: 3, bytes: 1_000_000 } });
    const [first] = await Promise.all([1, 2, 3].map(() => store.accept(anOrder())));
    const order = anOrder();
    await expect(store.accept(order)).rejects.toThrow(StoreFullError);
    expect(await store.get(order.id)).toBeUndefined();
    await store.cancel(first?.id ?? '');
    expect(await store.accept(order)).toMatchObject({ state: 'accepted' });
  });

  it('is bounded in bytes, too', async () => {
    const { store } = make({ bounds: { deliveries: 1_000, bytes: 100_000 } });
    const big = { ...anOrder().request, body: 'x'.repeat(30_000) };
    await store.accept(anOrder({ request: big }));
    await expect(store.accept(anOrder({ request: big }))).rejects.toThrow(StoreFullError);
    await store.accept(anOrder());
  });

  it('forgets the oldest final ones before it refuses', async () => {
    const { store } = make({ bounds: { deliveries: 3, bytes: 1_000_000 } });
    const ids = [await delivered(store), await delivered(store), await delivered(store)];
    await store.accept(anOrder());
    expect(await store.get(ids[0] as string)).toBeUndefined();
    expect(await store.get(ids[1] as string)).toMatchObject({ state: 'sent' });
  });

  it('throws nothing away for one that does not fit anyway', async () => {
    const { store } = make({ bounds: { deliveries: 10, bytes: 50_000 } });
    const id = await delivered(store);
    const request = { ...anOrder().request, body: 'x'.repeat(100_000) };
    await expect(store.accept(anOrder({ request }))).rejects.toThrow(StoreFullError);
    expect(await store.get(id)).toMatchObject({ state: 'sent' });
  });

  it('20,000 deliveries through a store of 100: it holds 100, and its pages go on working', async () => {
    const { store } = make({ bounds: { deliveries: 100, bytes: 10_000_000 } });
    for (let i = 0; i < 20_000; i++) await delivered(store);
    expect((await store.list({}, 1_000)).records).toHaveLength(100);
    expect((await store.counts()).byState.sent).toBe(100);
  });

  it('a record that was handed out does not change', async () => {
    const { store } = make();
    const accepted = await store.accept(anOrder());
    const { record } = await mustSend(store, accepted.id);
    expect(accepted).toMatchObject({ state: 'accepted', attempts: [] });
    await store.cancel(accepted.id);
    expect(record.state).toBe('sending');
  });
});

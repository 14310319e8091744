import { expect, it } from 'vitest';
import { anOrder, delivered, ends, later, mustSend } from '../../support/deliveries.js';
import type { MakeStore } from '../delivery-store.contract.js';

const RETENTION = { recordMs: 200, bodyMs: 60 };

export function sweepPromises(make: MakeStore): void {
  it('leaves a new one to whoever accepted it, for a while', async () => {
    const { store, pass } = await make({ firstWakeMs: 60 });
    const { id } = await store.accept(anOrder());
    expect(await store.overdue(10, 1_000)).toEqual([]);
    await pass(80);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
    expect(await store.get(id)).toMatchObject({ state: 'queued' });
  });

  it('gives each one out once in so long', async () => {
    const { store, pass } = await make({ firstWakeMs: 0 });
    const { id } = await store.accept(anOrder());
    await pass(1);
    expect(await store.overdue(10, 80)).toEqual([id]);
    expect(await store.overdue(10, 80)).toEqual([]);
    await pass(100);
    expect(await store.overdue(10, 80)).toEqual([id]);
  });

  it('gives them out the longest due first, and no more than wanted', async () => {
    const { store, pass } = await make({ firstWakeMs: 0 });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push((await store.accept(anOrder())).id);
      await pass(2);
    }
    expect(await store.overdue(3, 60_000)).toEqual(ids.slice(0, 3));
    expect(await store.overdue(3, 60_000)).toEqual(ids.slice(3));
  });

  it('two sweepers at once: each one is given to one of them', async () => {
    const { store, pass } = await make({ firstWakeMs: 0 });
    await Promise.all(Array.from({ length: 300 }, () => store.accept(anOrder())));
    await pass(1);
    const given = (await Promise.all(Array.from({ length: 10 }, () => store.overdue(60, 60_000)))).flat();
    expect(given).toHaveLength(300);
    expect(new Set(given).size).toBe(300);
  });

  it('names what is scheduled when it is due, not before', async () => {
    const { store, pass } = await make({ firstWakeMs: 0 });
    const { id } = await store.accept(anOrder({ delayMs: 80 }));
    expect(await store.overdue(10, 1_000)).toEqual([]);
    await pass(100);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
    expect(await store.get(id)).toMatchObject({ state: 'queued' });
  });

  it('asked for what no wake-up can be waiting for: what was scheduled, is tried again, has waited for room or lost its worker', async () => {
    const { store, pass } = await make({ firstWakeMs: 0 });
    const windows = [{ key: 'w', count: 1, seconds: 0.2, weight: 1 }];
    const accepted = await store.accept(anOrder());
    const scheduled = await store.accept(anOrder({ delayMs: 50 }));
    const retried = await delivered(store, later(50), { windows });
    const paced = await store.accept(anOrder({ windows }));
    expect(await store.begin(paced.id, 'w', 60_000)).toMatchObject({ kind: 'wait' });
    const crashed = await store.accept(anOrder());
    await mustSend(store, crashed.id, 50);
    await pass(300);
    const wanted = [scheduled.id, retried, paced.id, crashed.id];
    expect((await store.overdue(10, 40, true)).toSorted()).toEqual(wanted.toSorted());
    await pass(60);
    expect(await store.overdue(10, 1_000)).toContain(accepted.id);
  });

  it('names a retry when its time has come', async () => {
    const { store, pass } = await make();
    const id = await delivered(store, later(60));
    expect(await store.overdue(10, 1_000)).toEqual([]);
    await pass(80);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
    await mustSend(store, id);
  });

  it('names what has expired, so that it ends', async () => {
    const { store, pass } = await make();
    const id = await delivered(store, later(60_000), { ttlMs: 50 });
    await pass(70);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
  });

  it('names a replayed one nobody came for', async () => {
    const { store, pass } = await make({ firstWakeMs: 50 });
    const id = await delivered(store, ends('dead'));
    await store.replay(id, { force: false, ttlMs: 9_000 });
    await pass(70);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
  });

  it('does not name what is final', async () => {
    const { store, pass } = await make({ firstWakeMs: 0 });
    await delivered(store);
    await pass(5);
    expect(await store.overdue(10, 1_000)).toEqual([]);
  });

  it('forgets a final record when its time is over', async () => {
    const { store, pass } = await make({ retention: RETENTION });
    const id = await delivered(store);
    await pass(100);
    expect(await store.get(id)).toMatchObject({ state: 'sent' });
    expect(await store.prune(100)).toBe(0);
    await pass(150);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.list({}, 10)).toEqual({ records: [] });
    expect(await store.prune(100)).toBe(1);
    expect((await store.counts()).byState.sent).toBe(0);
  });

  it('prunes no more than it is told', async () => {
    const { store, pass } = await make({ retention: { recordMs: 20, bodyMs: 20 } });
    for (let i = 0; i < 5; i++) await delivered(store);
    await pass(40);
    expect([await store.prune(2), await store.prune(2), await store.prune(2)]).toEqual([2, 2, 1]);
  });

  it('never forgets what is not final', async () => {
    const { store, pass } = await make({ retention: { recordMs: 20, bodyMs: 20 } });
    const waiting = await store.accept(anOrder());
    const retrying = await delivered(store, later(60_000));
    await pass(60);
    await store.prune(100);
    expect(await store.get(waiting.id)).toMatchObject({ state: 'accepted' });
    expect(await store.get(retrying)).toMatchObject({ state: 'retrying' });
  });

  it('keeps the body of what was sent for a shorter time: no replay then', async () => {
    const { store, pass } = await make({ retention: RETENTION });
    const id = await delivered(store);
    await pass(90);
    expect(await store.replay(id, { force: true, ttlMs: 1_000 })).toMatchObject({ replayed: false });
  });

  it('keeps the body of what can be replayed as long as its record', async () => {
    const { store, pass } = await make({ retention: RETENTION });
    const id = await delivered(store, ends('dead'));
    await pass(90);
    expect(await store.replay(id, { force: false, ttlMs: 60_000 })).toMatchObject({ replayed: true });
  });

  it('what was replayed does not expire with its first end', async () => {
    const { store, pass } = await make({ retention: RETENTION });
    const id = await delivered(store, ends('dead'));
    await store.replay(id, { force: false, ttlMs: 60_000 });
    await pass(250);
    expect(await store.prune(100)).toBe(0);
    expect((await mustSend(store, id)).record.attempts).toHaveLength(2);
  });
}

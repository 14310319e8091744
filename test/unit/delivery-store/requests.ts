import { expect, it } from 'vitest';
import { anOrder, delivered, ends, later, mustSend, yes } from '../../support/deliveries.js';
import type { MakeStore } from '../delivery-store.contract.js';

export function requestPromises(make: MakeStore): void {
  it('cancels what waits', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    expect(await store.cancel(id)).toMatchObject({ cancelled: true, record: { state: 'cancelled', nextAt: null } });
    expect(await store.begin(id, 'w1', 1_000)).toEqual({ kind: 'nothing' });
    expect(await store.overdue(10, 1_000)).toEqual([]);
  });

  it('cancels what is scheduled or waits for a retry', async () => {
    const { store } = await make();
    const scheduled = await store.accept(anOrder({ delayMs: 60_000 }));
    const retrying = await delivered(store, later(60_000));
    expect(await store.cancel(scheduled.id)).toMatchObject({ cancelled: true });
    expect(await store.cancel(retrying)).toMatchObject({ cancelled: true, record: { attempt: 1 } });
  });

  it('does not cancel what is being sent', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    await mustSend(store, id);
    expect(await store.cancel(id)).toMatchObject({ cancelled: false, record: { state: 'sending' } });
    expect(await store.finish(id, 1, yes())).toMatchObject({ state: 'sent' });
  });

  it('does not cancel what is final', async () => {
    const { store } = await make();
    const id = await delivered(store);
    expect(await store.cancel(id)).toMatchObject({ cancelled: false, record: { state: 'sent' } });
    const cancelled = await store.accept(anOrder());
    await store.cancel(cancelled.id);
    expect(await store.cancel(cancelled.id)).toMatchObject({ cancelled: false, record: { state: 'cancelled' } });
  });

  it('1,000 cancels racing their workers: never both, never neither', async () => {
    const { store } = await make();
    const records = await Promise.all(Array.from({ length: 1_000 }, () => store.accept(anOrder())));
    const races = await Promise.all(
      records.map(async ({ id }, i) => {
        const cancel = () => store.cancel(id);
        const begin = () => store.begin(id, 'w', 60_000);
        if (i % 2 === 0) return Promise.all([begin(), cancel()]);
        const [cancelled, beginning] = await Promise.all([cancel(), begin()]);
        return [beginning, cancelled] as const;
      }),
    );
    const wrong = races.filter(([beginning, cancel]) => (beginning.kind === 'send') === cancel?.cancelled);
    expect(wrong).toEqual([]);
    const { byState } = await store.counts();
    expect(byState.sending + byState.cancelled).toBe(1_000);
  });

  it.each(['dead', 'unknown'] as const)('replays what is %s', async (state) => {
    const { store } = await make();
    const id = await delivered(store, ends(state), { ttlMs: 1_000 });
    const before = await store.get(id);
    const answer = await store.replay(id, { force: false, ttlMs: 9_000 });
    expect(answer).toMatchObject({
      replayed: true,
      record: { state: 'queued', attempt: 1, counted: 0, finishedAt: null },
    });
    expect((answer?.record.expiresAt ?? 0) - (answer?.record.dueAt ?? 0)).toBe(9_000);
    expect(answer?.record.acceptedAt).toBe(before?.acceptedAt);
    const { attempt, request } = await mustSend(store, id);
    expect(attempt).toBe(2);
    expect(request).toEqual(anOrder().request);
  });

  it('replays what is quarantined, with three more tries', async () => {
    const { store, pass } = await make();
    const { id } = await store.accept(anOrder());
    for (let n = 1; n <= 3; n++) {
      await mustSend(store, id, 10);
      await pass(20);
    }
    expect(await store.begin(id, 'w', 10)).toMatchObject({ kind: 'ended' });
    expect(await store.replay(id, { force: false, ttlMs: 9_000 })).toMatchObject({
      replayed: true,
      record: { crashes: 0, attempt: 3, possibleDuplicate: true },
    });
    await mustSend(store, id);
  });

  it('a replay after an attempt without a verdict is flagged', async () => {
    const { store } = await make();
    const unknown = await delivered(store, ends('unknown'));
    const dead = await delivered(store, ends('dead'));
    expect((await store.replay(unknown, { force: false, ttlMs: 1 }))?.record.possibleDuplicate).toBe(true);
    expect((await store.replay(dead, { force: false, ttlMs: 1 }))?.record.possibleDuplicate).toBe(false);
  });

  it('what was sent is replayed by force only, and flagged', async () => {
    const { store } = await make();
    const id = await delivered(store, yes({ result: { taskId: '1' }, receipt: '1' }));
    expect(await store.replay(id, { force: false, ttlMs: 9_000 })).toMatchObject({ replayed: false });
    expect(await store.replay(id, { force: true, ttlMs: 9_000 })).toMatchObject({
      replayed: true,
      record: { possibleDuplicate: true, result: null, receipt: null },
    });
  });

  it.each([true, false])('does not replay what is not final (force: %s)', async (force) => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    expect(await store.replay(id, { force, ttlMs: 1 })).toMatchObject({
      replayed: false,
      record: { state: 'accepted' },
    });
    await mustSend(store, id);
    expect(await store.replay(id, { force, ttlMs: 1 })).toMatchObject({
      replayed: false,
      record: { state: 'sending' },
    });
  });

  it('50 parallel replays: one of them does it', async () => {
    const { store } = await make();
    const id = await delivered(store, ends('dead'));
    const all = await Promise.all(Array.from({ length: 50 }, () => store.replay(id, { force: true, ttlMs: 9_000 })));
    expect(all.filter((answer) => answer?.replayed)).toHaveLength(1);
  });

  it('what was replayed is found in its new state only', async () => {
    const { store } = await make();
    const id = await delivered(store, ends('dead'));
    await store.replay(id, { force: false, ttlMs: 9_000 });
    expect((await store.list({ state: 'dead' }, 10)).records).toEqual([]);
    expect((await store.list({ state: 'queued' }, 10)).records.map((record) => record.id)).toEqual([id]);
  });
}

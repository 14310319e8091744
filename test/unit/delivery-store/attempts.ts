import { expect, it } from 'vitest';
import { anOrder, delivered, ends, later, mustSend, yes } from '../../support/deliveries.js';
import type { MakeStore } from '../delivery-store.contract.js';

export function attemptPromises(make: MakeStore): void {
  it('is marked before it is sent', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    const { record, attempt } = await mustSend(store, id, 60_000, 'host-1:42 "x"');
    expect(attempt).toBe(1);
    expect(record).toMatchObject({ state: 'sending', attempt: 1, nextAt: null, possibleDuplicate: false });
    expect(record.attempts).toEqual([
      { n: 1, startedAt: expect.any(Number), worker: 'host-1:42 "x"', result: 'running' },
    ]);
    expect(await store.get(id)).toEqual(record);
  });

  it('100 parallel begins of one delivery: exactly one sends', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => store.begin(id, `w${i}`, 60_000)));
    expect(all.filter(({ kind }) => kind === 'send')).toHaveLength(1);
    expect(all.filter(({ kind }) => kind === 'nothing')).toHaveLength(99);
  });

  it('a yes ends it, with result and receipt', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    await mustSend(store, id);
    const record = await store.finish(id, 1, yes({ result: { taskId: '123' }, receipt: '123' }));
    expect(record).toMatchObject({
      state: 'sent',
      result: { taskId: '123' },
      receipt: '123',
      counted: 1,
      nextAt: null,
    });
    expect(record?.finishedAt).toBeGreaterThanOrEqual(record?.acceptedAt ?? Infinity);
    expect(record?.attempts).toEqual([
      { n: 1, startedAt: expect.any(Number), endedAt: record?.finishedAt, worker: 'w1', result: 'sent' },
    ]);
    expect(await store.get(id)).toEqual(record);
  });

  it.each(['partial', 'rejected', 'unknown', 'dead'] as const)('can end as %s', async (state) => {
    const { store } = await make();
    const id = await delivered(store, ends(state));
    expect(await store.get(id)).toMatchObject({ state, finishedAt: expect.any(Number) });
  });

  it('what is final is not begun again', async () => {
    const { store } = await make();
    const id = await delivered(store);
    expect(await store.begin(id, 'w2', 1_000)).toEqual({ kind: 'nothing' });
  });

  it('notes what the platform said', async () => {
    const { store } = await make();
    const id = await delivered(store, later(1_000));
    expect((await store.get(id))?.attempts).toMatchObject([
      { result: 'provider-throttled', errcode: 130101, errmsg: 'send too fast', reason: 'too many messages' },
    ]);
  });

  it('a retry waits for its time', async () => {
    const { store } = await make();
    const id = await delivered(store, later(5_000));
    const record = await store.get(id);
    expect(record).toMatchObject({ state: 'retrying', counted: 1, finishedAt: null });
    const beginning = await store.begin(id, 'w1', 1_000);
    expect(beginning.kind).toBe('wait');
    const { milliseconds } = beginning as { milliseconds: number };
    expect(milliseconds).toBeGreaterThan(4_000);
    expect(milliseconds).toBeLessThanOrEqual(5_000);
  });

  it('is tried again when its time has come, as the next attempt', async () => {
    const { store, pass } = await make();
    const id = await delivered(store, later(40));
    await pass(60);
    const { attempt, record } = await mustSend(store, id);
    expect(attempt).toBe(2);
    expect(record.possibleDuplicate).toBe(false);
    expect(record.attempts.map(({ n, result }) => [n, result])).toEqual([
      [1, 'provider-throttled'],
      [2, 'running'],
    ]);
  });

  it('an attempt that did not count leaves the schedule where it was', async () => {
    const { store } = await make();
    const id = await delivered(store, later(1_000, { counted: false }));
    expect(await store.get(id)).toMatchObject({ attempt: 1, counted: 0 });
  });

  it('after an attempt without a verdict the next one is flagged', async () => {
    const { store, pass } = await make();
    const id = await delivered(store, later(10, { outcomeUnknown: true }));
    await pass(20);
    expect((await mustSend(store, id)).record.possibleDuplicate).toBe(true);
    expect(await store.finish(id, 2, yes())).toMatchObject({ state: 'sent', possibleDuplicate: true });
  });

  it('the flag stays when a later attempt was harmless', async () => {
    const { store, pass } = await make();
    const id = await delivered(store, later(5, { outcomeUnknown: true }));
    for (const attempt of [2, 3]) {
      await pass(15);
      expect((await mustSend(store, id)).record.possibleDuplicate).toBe(true);
      await store.finish(id, attempt, later(5));
    }
  });

  it('the same end said twice is heard once, and answered both times', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    await mustSend(store, id);
    const first = await store.finish(id, 1, yes({ receipt: 'r' }));
    expect(await store.finish(id, 1, yes({ receipt: 'r' }))).toEqual(first);
    expect(first?.attempts).toHaveLength(1);
  });

  it.each([
    ['a yes', yes({ result: { taskId: '1' }, receipt: 'r' })],
    ['a yes without a receipt', yes()],
    ['a refusal', ends('rejected')],
    ['later', later(5_000, { counted: false })],
  ])('who knows the record is given what is read back: %s', async (_name, end) => {
    const { store, pass } = await make();
    const id = await delivered(store, later(1, { outcomeUnknown: true }), { traceparent: 't', batchId: 'b' });
    await pass(10);
    const { record, attempt } = await mustSend(store, id);
    const ended = await store.finish(id, attempt, end, record);
    expect(ended).toMatchObject({ state: end.state, possibleDuplicate: true });
    expect(ended).toEqual(await store.get(id));
    expect(await store.finish(id, attempt, end, record)).toEqual(ended);
    expect(await store.finish(id, attempt, ends('dead'), record)).toBeUndefined();
  });

  it('another end of an attempt that has ended changes nothing', async () => {
    const { store } = await make();
    const id = await delivered(store);
    const before = await store.get(id);
    expect(await store.finish(id, 1, ends('dead'))).toBeUndefined();
    expect(await store.get(id)).toEqual(before);
  });

  it('an attempt that never began cannot end', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    expect(await store.finish(id, 1, yes())).toBeUndefined();
    await mustSend(store, id);
    expect(await store.finish(id, 2, yes())).toBeUndefined();
    expect(await store.get(id)).toMatchObject({ state: 'sending', attempt: 1 });
  });

  it('50 parallel ends of one attempt: one is heard', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder());
    await mustSend(store, id);
    const all = await Promise.all(Array.from({ length: 50 }, (_, i) => store.finish(id, 1, yes({ receipt: `${i}` }))));
    expect(all.filter((record) => record !== undefined)).toHaveLength(1);
  });

  it('keeps the last 100 attempts', async () => {
    const { store, pass } = await make();
    const { id } = await store.accept(anOrder());
    for (let n = 1; n <= 103; n++) {
      await mustSend(store, id);
      await store.finish(id, n, later(0));
      await pass(1);
    }
    const record = await store.get(id);
    expect(record?.attempt).toBe(103);
    expect(record?.attempts.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, i) => i + 4));
  });

  it('waits for its time when it is scheduled, and is sent then', async () => {
    const { store, pass } = await make();
    const { id } = await store.accept(anOrder({ delayMs: 80 }));
    const early = await store.begin(id, 'w1', 1_000);
    expect(early).toMatchObject({ kind: 'wait' });
    expect((early as { milliseconds: number }).milliseconds).toBeLessThanOrEqual(80);
    await pass(100);
    await mustSend(store, id);
  });

  it('expires when its time to live is over', async () => {
    const { store, pass } = await make();
    const { id } = await store.accept(anOrder({ ttlMs: 30 }));
    await pass(50);
    expect(await store.begin(id, 'w1', 1_000)).toMatchObject({
      kind: 'ended',
      record: { state: 'expired', attempt: 0 },
    });
    expect(await store.get(id)).toMatchObject({ state: 'expired', finishedAt: expect.any(Number), nextAt: null });
  });

  it('a scheduled one does not expire before it is due', async () => {
    const { store, pass } = await make();
    const { id } = await store.accept(anOrder({ delayMs: 60, ttlMs: 60 }));
    await pass(80);
    await mustSend(store, id);
  });

  it('a retry that would come too late waits for the end and expires', async () => {
    const { store, pass } = await make();
    const id = await delivered(store, later(60_000), { ttlMs: 60 });
    const record = await store.get(id);
    expect(record?.nextAt).toBe(record?.expiresAt);
    await pass(80);
    expect(await store.begin(id, 'w1', 1_000)).toMatchObject({ kind: 'ended', record: { state: 'expired' } });
  });

  it('what may have arrived does not expire: nobody knows', async () => {
    const { store, pass } = await make();
    const id = await delivered(store, later(60_000, { outcomeUnknown: true }), { ttlMs: 60 });
    await pass(80);
    expect(await store.begin(id, 'w1', 1_000)).toMatchObject({ kind: 'ended', record: { state: 'unknown' } });
  });
}

import { expect, it } from 'vitest';
import type { DeliveryOrder } from '../../../src/delivery/delivery.record.js';
import type { DeliveryStore } from '../../../src/delivery/delivery-store.js';
import { anOrder, later, mustSend, yes } from '../../support/deliveries.js';
import type { MakeStore, StoreUnderTest } from '../delivery-store.contract.js';

const LEASE_MS = 40;

/** Begins with a short lease, and never comes back. */
async function crash({ store, pass }: StoreUnderTest, id: string): Promise<void> {
  await mustSend(store, id, LEASE_MS, 'dead-worker');
  await pass(LEASE_MS + 20);
}

async function accepted(store: DeliveryStore, changes: Partial<DeliveryOrder> = {}): Promise<string> {
  return (await store.accept(anOrder(changes))).id;
}

export function crashPromises(make: MakeStore): void {
  it('is left alone while its lease lives', async () => {
    const { store } = await make();
    const id = await accepted(store);
    await mustSend(store, id, 60_000);
    expect(await store.begin(id, 'w2', 1_000)).toEqual({ kind: 'nothing' });
  });

  it('afterwards somebody else sends, and it is flagged', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await crash(made, id);
    const { record, attempt } = await mustSend(made.store, id, 60_000, 'w2');
    expect(attempt).toBe(2);
    expect(record).toMatchObject({ crashes: 1, possibleDuplicate: true });
    expect(record.attempts).toMatchObject([
      { n: 1, worker: 'dead-worker', result: 'crashed', endedAt: expect.any(Number) },
      { n: 2, worker: 'w2', result: 'running' },
    ]);
  });

  it('100 workers that find it: one sends', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await crash(made, id);
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => made.store.begin(id, `w${i}`, 60_000, true)));
    expect(all.filter(({ kind }) => kind === 'send')).toHaveLength(1);
    expect(await made.store.get(id)).toMatchObject({ crashes: 1, attempt: 2 });
  });

  it('a slow worker whose lease is over still ends it when nobody has taken over', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await crash(made, id);
    expect(await made.store.finish(id, 1, yes())).toMatchObject({ state: 'sent', possibleDuplicate: false });
    expect(await made.store.begin(id, 'w2', 1_000)).toEqual({ kind: 'nothing' });
  });

  it('a late worker leaves a note and changes nothing else', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await crash(made, id);
    await mustSend(made.store, id, 60_000, 'w2');
    expect(await made.store.finish(id, 1, yes({ receipt: 'late' }))).toBeUndefined();
    const record = await made.store.get(id);
    expect(record).toMatchObject({ state: 'sending', attempt: 2, receipt: null });
    expect(record?.attempts).toMatchObject([
      { n: 1, worker: 'dead-worker', result: 'sent', late: true },
      { n: 2, worker: 'w2', result: 'running' },
    ]);
  });

  it('a late note is possible after the end, too', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await crash(made, id);
    await mustSend(made.store, id);
    await made.store.finish(id, 2, yes());
    expect(await made.store.finish(id, 1, yes())).toBeUndefined();
    const record = await made.store.get(id);
    expect(record?.state).toBe('sent');
    expect(record?.attempts).toMatchObject([
      { n: 1, result: 'sent', late: true },
      { n: 2, result: 'sent' },
    ]);
    expect(record?.attempts[1]).not.toHaveProperty('late');
  });

  it('parks it where the order says so', async () => {
    const made = await make();
    const id = await accepted(made.store, { onUnknown: 'park' });
    await crash(made, id);
    expect(await made.store.begin(id, 'w2', 1_000)).toMatchObject({
      kind: 'ended',
      record: { state: 'unknown', crashes: 1, attempt: 1, attempts: [{ result: 'crashed' }] },
    });
  });

  it('does not park what the platform recognises', async () => {
    const made = await make();
    const id = await accepted(made.store, { onUnknown: 'park', repeatable: true });
    await crash(made, id);
    expect((await mustSend(made.store, id)).record.possibleDuplicate).toBe(true);
  });

  it('three crashes: quarantined', async () => {
    const made = await make();
    const id = await accepted(made.store);
    for (let n = 1; n <= 3; n++) await crash(made, id);
    expect(await made.store.begin(id, 'w4', 1_000)).toMatchObject({
      kind: 'ended',
      record: { state: 'quarantined', crashes: 3, attempt: 3 },
    });
    expect(await made.store.begin(id, 'w5', 1_000)).toEqual({ kind: 'nothing' });
  });

  it('what was under way in a crash is sent again only with nothing beside it', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await crash(made, id);
    for (const worker of ['w2', 'w3']) {
      expect(await made.store.begin(id, worker, 1_000)).toEqual({ kind: 'alone' });
      expect(await made.store.get(id)).toMatchObject({ state: 'retrying', crashes: 1, attempt: 1 });
    }
    expect(await made.store.begin(id, 'w2', 60_000, true)).toMatchObject({ kind: 'send', attempt: 2 });
  });

  it('a suspect that nobody sends is named by the sweeper after a while', async () => {
    const made = await make({ firstWakeMs: 60 });
    const id = await accepted(made.store);
    await crash(made, id);
    await made.store.begin(id, 'w2', 1_000);
    expect(await made.store.overdue(10, 1_000)).toEqual([]);
    await made.pass(80);
    expect(await made.store.overdue(10, 1_000)).toEqual([id]);
  });

  it('a suspect whose attempt ends in order goes on beside others', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await crash(made, id);
    await mustSend(made.store, id);
    await made.store.finish(id, 2, later(10));
    await made.pass(30);
    expect(await made.store.begin(id, 'w3', 60_000)).toMatchObject({ kind: 'send', attempt: 3 });
  });

  it('crashes beside others do not add up: only its own do', async () => {
    const made = await make();
    const id = await accepted(made.store);
    for (let n = 1; n <= 5; n++) {
      await crash(made, id);
      expect(await made.store.begin(id, 'w2', 1_000)).toEqual({ kind: 'alone' });
      const { attempt, record } = await mustSend(made.store, id);
      expect(record.crashes).toBe(1);
      await made.store.finish(id, attempt, later(1));
      await made.pass(10);
    }
  });

  it('what was quarantined and is replayed begins as a suspect', async () => {
    const made = await make();
    const id = await accepted(made.store);
    for (let n = 1; n <= 3; n++) await crash(made, id);
    await made.store.begin(id, 'w4', 1_000);
    await made.store.replay(id, { force: false, ttlMs: 60_000 });
    expect(await made.store.begin(id, 'w5', 1_000)).toEqual({ kind: 'alone' });
  });

  it('a crash beyond the time to live ends as unknown', async () => {
    const made = await make();
    const id = await accepted(made.store, { ttlMs: 50 });
    await crash(made, id);
    expect(await made.store.begin(id, 'w2', 1_000)).toMatchObject({ kind: 'ended', record: { state: 'unknown' } });
  });

  it('the sweeper names it once its lease is over', async () => {
    const made = await make();
    const id = await accepted(made.store);
    await mustSend(made.store, id, LEASE_MS);
    expect(await made.store.overdue(10, 1_000)).toEqual([]);
    await made.pass(LEASE_MS + 20);
    expect(await made.store.overdue(10, 1_000)).toEqual([id]);
    expect(await made.store.get(id)).toMatchObject({ state: 'sending' });
    expect(await made.store.overdue(10, 1_000)).toEqual([]);
  });
}

import { expect, it } from 'vitest';
import { CursorError } from '../../../src/delivery/delivery-cursor.js';
import type { DeliveryFilter, DeliveryStore } from '../../../src/delivery/delivery-store.js';
import { DELIVERY_STATES, type DeliveryRecord } from '../../../src/delivery/delivery.record.js';
import { anOrder, delivered, ends, later, mustGet, mustSend, yes } from '../../support/deliveries.js';
import type { MakeStore } from '../delivery-store.contract.js';

async function pagesOf(store: DeliveryStore, filter: DeliveryFilter, limit: number): Promise<DeliveryRecord[][]> {
  const pages: DeliveryRecord[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(filter, limit, cursor);
    pages.push([...page.records]);
    cursor = page.next;
  } while (cursor !== undefined);
  return pages;
}

const idsOf = (records: readonly DeliveryRecord[]): string[] => records.map(({ id }) => id);

export function listPromises(make: MakeStore): void {
  it('is empty at first', async () => {
    const { store } = await make();
    expect(await store.list({}, 10)).toEqual({ records: [] });
    const { byState, oldestDueSeconds } = await store.counts();
    expect(Object.keys(byState).toSorted()).toEqual([...DELIVERY_STATES].toSorted());
    expect(Object.values(byState).every((count) => count === 0)).toBe(true);
    expect(oldestDueSeconds).toBe(0);
  });

  it('10,000 deliveries, page by page: newest first, no gap, no repeat', { timeout: 60_000 }, async () => {
    const { store } = await make();
    const all: string[] = [];
    for (let block = 0; block < 10; block++) {
      const orders = Array.from({ length: 1_000 }, (_, i) =>
        anOrder({ app: i % 3 === 0 ? 'ops' : 'default', provider: i % 2 === 0 ? 'wecom' : 'dingtalk' }),
      );
      all.push(...orders.map(({ id }) => id));
      await Promise.all(orders.map((order) => store.accept(order)));
      const ended = orders.slice(0, 300);
      await Promise.all(ended.map(({ id }) => store.begin(id, 'w', 60_000)));
      await Promise.all(ended.slice(0, 200).map(({ id }) => store.finish(id, 1, yes())));
    }
    const pages = await pagesOf(store, {}, 100);
    expect(pages.every((page) => page.length === 100)).toBe(true);
    const records = pages.flat();
    expect(idsOf(records).toSorted()).toEqual(all.toSorted());
    expect(records.every(({ acceptedAt }, i) => acceptedAt <= (records[i - 1]?.acceptedAt ?? Infinity))).toBe(true);

    const some = (await pagesOf(store, { provider: 'wecom', state: 'sent' }, 70)).flat();
    expect(idsOf(some).toSorted()).toEqual(
      idsOf(records.filter(({ provider, state }) => provider === 'wecom' && state === 'sent')).toSorted(),
    );
    expect(some).toHaveLength(1_000);
    const mine = (await pagesOf(store, { apps: ['wecom/ops', 'dingtalk/ops'] }, 999)).flat();
    expect(mine).toHaveLength(records.filter(({ app }) => app === 'ops').length);
    expect((await store.counts()).byState).toMatchObject({ sent: 2_000, sending: 1_000, accepted: 7_000 });
  });

  it('knows the apps there are deliveries of', async () => {
    const { store } = await make();
    expect(await store.apps()).toEqual([]);
    for (const app of ['default', 'robots/ops', 'default']) await delivered(store, yes(), { app });
    expect(new Set(await store.apps())).toEqual(new Set(['dingtalk/default', 'dingtalk/robots/ops']));
  });

  it('shows only the apps that are asked for', async () => {
    const { store } = await make();
    const one = await mustGet(store, (await store.accept(anOrder({ app: 'one' }))).id);
    await store.accept(anOrder({ app: 'two' }));
    await store.accept(anOrder({ provider: 'wecom', app: 'one' }));
    expect((await store.list({ apps: ['dingtalk/one'] }, 10)).records).toEqual([one]);
    expect((await store.list({ apps: [] }, 10)).records).toEqual([]);
    expect((await store.list({ apps: ['dingtalk/one'], provider: 'wecom' }, 10)).records).toEqual([]);
    expect((await store.list({ provider: 'ding' }, 10)).records).toEqual([]);
    expect((await store.list({ provider: 'dingtalk' }, 10)).records).toHaveLength(2);
  });

  it('shows one state', async () => {
    const { store } = await make();
    const sent = await delivered(store);
    const dead = await delivered(store, ends('dead'));
    const waiting = await delivered(store, later(60_000));
    for (const [state, id] of [
      ['sent', sent],
      ['dead', dead],
      ['retrying', waiting],
    ] as const) {
      expect(idsOf((await store.list({ state }, 10)).records)).toEqual([id]);
    }
  });

  it('shows a span of time, from inclusive, to exclusive', async () => {
    const { store, pass } = await make();
    const records: DeliveryRecord[] = [];
    for (let i = 0; i < 3; i++) {
      records.push(await mustGet(store, (await store.accept(anOrder())).id));
      await pass(5);
    }
    const [one, two, three] = records as [DeliveryRecord, DeliveryRecord, DeliveryRecord];
    expect(idsOf((await store.list({ from: two.acceptedAt }, 10)).records)).toEqual([three.id, two.id]);
    expect(idsOf((await store.list({ to: two.acceptedAt }, 10)).records)).toEqual([one.id]);
    const between = { from: one.acceptedAt, to: three.acceptedAt };
    expect(idsOf((await pagesOf(store, between, 1)).flat())).toEqual([two.id, one.id]);
  });

  it('a page that is just full has no next one', async () => {
    const { store } = await make();
    await store.accept(anOrder());
    await store.accept(anOrder());
    expect((await store.list({}, 2)).next).toBeUndefined();
    expect((await store.list({}, 1)).next).toEqual(expect.stringMatching(/^[\w-]+$/));
  });

  it('what changes while somebody turns the pages is neither skipped nor shown twice', async () => {
    const { store } = await make();
    const accepted = await Promise.all(Array.from({ length: 30 }, () => store.accept(anOrder())));
    const first = await store.list({}, 10);
    await store.accept(anOrder());
    for (const { id } of accepted) await mustSend(store, id);
    const second = await store.list({}, 10, first.next);
    const third = await store.list({}, 10, second.next);
    const seen = [first, second, third].flatMap((page) => idsOf(page.records));
    expect(seen.toSorted()).toEqual(accepted.map(({ id }) => id).toSorted());
    expect(third.next).toBeUndefined();
  });

  it.each(['x', '', 'MTIz', Buffer.from('1 2').toString('base64url')])('refuses the cursor "%s"', async (cursor) => {
    const { store } = await make();
    await expect(store.list({}, 10, cursor)).rejects.toThrow(CursorError);
  });

  it('counts the age of the one that has been due longest', async () => {
    const { store, pass } = await make();
    await store.accept(anOrder({ delayMs: 60_000 }));
    expect((await store.counts()).oldestDueSeconds).toBe(0);
    const { id } = await store.accept(anOrder());
    await pass(120);
    const { oldestDueSeconds } = await store.counts();
    expect(oldestDueSeconds).toBeGreaterThanOrEqual(0.12);
    expect(oldestDueSeconds).toBeLessThan(2);
    await mustSend(store, id);
    expect((await store.counts()).oldestDueSeconds).toBe(0);
  });

  it('being handed out again does not make it younger', async () => {
    const { store, pass } = await make({ firstWakeMs: 0 });
    await store.accept(anOrder());
    await pass(60);
    await store.overdue(10, 60_000);
    expect((await store.counts()).oldestDueSeconds).toBeGreaterThanOrEqual(0.06);
  });
}

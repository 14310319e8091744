import { expect, it } from 'vitest';
import type { Subscriptions } from '../../../src/delivery/delivery-store.js';
import { anOrder, delivered, ends, later, mustSend, yes } from '../../support/deliveries.js';
import type { MakeStore, StoreUnderTest } from '../delivery-store.contract.js';

const everyState: Subscriptions = Object.fromEntries(
  (['sent', 'partial', 'rejected', 'unknown', 'cancelled', 'expired', 'dead', 'quarantined'] as const).map((state) => [
    state,
    ['erp'],
  ]),
);

interface Event {
  readonly type: string;
  readonly data: { readonly id: string; readonly status: string; readonly attempts: readonly object[] };
}

async function told({ outbox }: StoreUnderTest): Promise<(Event & { target: string; event: string })[]> {
  const pending = await outbox.take(100, 60_000);
  return pending.map(({ id, target, body }) => ({ ...(JSON.parse(body) as Event), target, event: id }));
}

/** The event stands in the outbox as soon as the end stands in the record: a process may end after any call. */
export function announcingPromises(make: MakeStore): void {
  it.each(['sent', 'partial', 'rejected', 'unknown', 'dead'] as const)(
    'the end %s is announced with it',
    async (state) => {
      const made = await make({ subscriptions: () => everyState });
      const id = await delivered(made.store, state === 'sent' ? yes({ result: { taskId: '9' } }) : ends(state));
      expect(await told(made)).toMatchObject([
        {
          target: 'erp',
          event: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
          type: `delivery.${state}`,
          data: { id, status: state, attempts: [{ n: 1 }] },
        },
      ]);
    },
  );

  it('so are a cancellation, an expiry and a quarantine', async () => {
    const made = await make({ subscriptions: () => everyState });
    const { store, pass } = made;
    const cancelled = await store.accept(anOrder());
    await store.cancel(cancelled.id);
    const expired = await store.accept(anOrder({ ttlMs: 20 }));
    await pass(30);
    await store.begin(expired.id, 'w', 1_000);
    const poisoned = await store.accept(anOrder());
    for (let n = 1; n <= 3; n++) {
      await mustSend(store, poisoned.id, 20);
      await pass(40);
    }
    await store.begin(poisoned.id, 'w', 1_000);
    const events = (await told(made)).map(({ type, data }) => `${type} ${data.id} ${data.attempts.length}`);
    expect(new Set(events)).toEqual(
      new Set([
        `delivery.cancelled ${cancelled.id} 0`,
        `delivery.expired ${expired.id} 0`,
        `delivery.quarantined ${poisoned.id} 3`,
      ]),
    );
  });

  it('nothing is announced before the end, or of what nobody asked for', async () => {
    const made = await make({ subscriptions: () => ({ dead: ['erp'] }) });
    await delivered(made.store, later(1_000));
    await delivered(made.store);
    expect(await told(made)).toEqual([]);
  });

  it('every target is told, each by an event of its own, and once however often the end is said', async () => {
    const made = await make({ subscriptions: () => ({ sent: ['erp', 'ops'] }) });
    const { id } = await made.store.accept(anOrder());
    await mustSend(made.store, id);
    await made.store.finish(id, 1, yes());
    await made.store.finish(id, 1, yes());
    const events = await told(made);
    expect(new Set(events.map(({ target }) => target))).toEqual(new Set(['erp', 'ops']));
    expect(events).toHaveLength(2);
    expect(new Set(events.map(({ event }) => event)).size).toBe(2);
  });

  it('the event tells the end as it was, whatever becomes of the delivery afterwards', async () => {
    const made = await make({ subscriptions: () => everyState });
    const id = await delivered(made.store, ends('dead'));
    await made.store.replay(id, { force: false, ttlMs: 60_000 });
    const { attempt } = await mustSend(made.store, id);
    await made.store.finish(id, attempt, yes());
    const events = (await told(made)).map(({ type, data }) => `${type} ${data.status} ${data.attempts.length}`);
    expect(new Set(events)).toEqual(new Set(['delivery.dead dead 1', 'delivery.sent sent 2']));
  });

  it('an event is hidden while somebody tells it, comes again when he does not, and goes when it is told', async () => {
    const made = await make({ subscriptions: () => everyState });
    const { outbox, pass } = made;
    await delivered(made.store);
    const [first] = await outbox.take(10, 40);
    expect(await outbox.take(10, 40)).toEqual([]);
    await pass(60);
    const [again] = await outbox.take(10, 40);
    expect(again).toEqual(first);
    if (!again) throw new Error('no event');
    await outbox.postpone({ ...again, tries: 1 }, 40);
    await pass(60);
    expect(await outbox.take(10, 1)).toEqual([{ ...again, tries: 1 }]);
    await outbox.remove(again.id);
    await outbox.postpone(again, 0);
    await pass(20);
    expect(await outbox.take(10, 40)).toEqual([]);
  });
}

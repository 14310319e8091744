import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { AttemptEnd } from '../../../src/delivery/delivery-store.js';
import type { RedisDeliveryStore } from '../../../src/delivery/redis/redis-delivery-store.js';
import { anOrder, ends, later, yes } from '../../support/deliveries.js';

/** Numbers between 0 and 1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x80000000;
}

/**
 * Two processes accept, begin, end, cancel and replay the same deliveries side by side and leave some attempts without
 * an end; then all that is left is sent.
 * @returns which attempts were begun, of each delivery
 */
export async function liveAtRandom(
  stores: readonly [RedisDeliveryStore, RedisDeliveryStore],
  seed: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const random = randomNumbers(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const orders = Array.from({ length: 150 }, (_, i) =>
    anOrder({
      app: `app${i % 5}`,
      delayMs: random() < 0.2 ? 30 : 0,
      onUnknown: random() < 0.3 ? 'park' : 'resend',
      windows: random() < 0.7 ? [{ key: `w${i % 5}`, count: 10, seconds: 0.1, weight: 1 }] : [],
    }),
  );
  const begun = new Map<string, number[]>(orders.map(({ id }) => [id, []]));
  const begin = async (store: RedisDeliveryStore, id: string, leaseMs: number) => {
    let beginning = await store.begin(id, 'w', leaseMs);
    if (beginning.kind === 'alone') beginning = await store.begin(id, 'w', leaseMs, true);
    if (beginning.kind !== 'send') return undefined;
    begun.get(id)?.push(beginning.attempt);
    return beginning;
  };
  const anEnd = (): AttemptEnd => pick([yes({ result: { a: 1 } }), yes(), ends('dead'), ends('unknown'), later(5)]);

  const step = async (): Promise<void> => {
    const { id } = pick(orders);
    const store = pick(stores);
    const dice = random();
    if (dice < 0.7) {
      const late = random() < 0.2;
      const beginning = await begin(store, id, late ? 10 : 60_000);
      if (!beginning || (late && random() < 0.5)) return;
      await sleep(random() * 20);
      const end = anEnd();
      await pick(stores).finish(id, beginning.attempt, end, random() < 0.5 ? beginning.record : undefined);
      if (random() < 0.1) await store.finish(id, beginning.attempt, end);
    } else if (dice < 0.75) await store.cancel(id);
    else if (dice < 0.85) await store.replay(id, { force: random() < 0.3, ttlMs: 600_000 });
    else await store.overdue(50, 10);
  };

  await Promise.all(orders.map((order) => pick(stores).accept(order)));
  const walk = async (): Promise<void> => {
    for (let i = 0; i < 100; i += 1) await step();
  };
  await Promise.all(Array.from({ length: 24 }, walk));
  const [store] = stores;
  const open = async (): Promise<boolean> => {
    const { sending, accepted, scheduled, queued, retrying } = (await store.counts()).byState;
    return sending + accepted + scheduled + queued + retrying > 0;
  };
  while (await open()) {
    const sendAndEnd = async (id: string): Promise<void> => {
      const beginning = await begin(store, id, 10);
      if (beginning) await store.finish(id, beginning.attempt, yes(), beginning.record);
    };
    for (const id of await store.overdue(100, 10)) await sendAndEnd(id);
    await sleep(10);
  }
  // A slow answer may overtake the next one.
  for (const attempts of begun.values()) attempts.sort((a, b) => a - b);
  return begun;
}

/** What must not be there when every delivery is final; in words, with the key. */
export async function leftBehind(client: Redis, store: RedisDeliveryStore, ids: Iterable<string>): Promise<string[]> {
  const left: string[] = [];
  const keys = await client.keys('*');
  for (const key of keys.filter((one) => /^\{mc\}:(due$|waiting$|line:)/.test(one))) left.push(`members in ${key}`);
  const inIndex = new Map<string, string[]>();
  for (const key of keys.filter((one) => one.startsWith('{mc}:index:'))) {
    for (const id of await client.zrange(key, 0, -1)) inIndex.set(id, [...(inIndex.get(id) ?? []), key]);
  }
  const sent = await client.zrange('{mc}:sending', 0, -1);
  if (sent.length > 0) left.push(`${sent.length} in {mc}:sending`);
  const pruned = new Set((await client.zrange('{mc}:retention', 0, -1)).map((member) => member.split(' ')[1]));
  for (const id of ids) {
    if (!pruned.has(id)) left.push(`${id} is never pruned`);
    const record = await store.get(id);
    const expected = `{mc}:index:dingtalk/${record?.app}:${record?.state}`;
    if (String(inIndex.get(id)) !== expected) left.push(`${id} in ${String(inIndex.get(id))} instead of ${expected}`);
  }
  const expiring = keys.filter((one) => /^\{mc\}:(delivery|body|attempts|pace):/.test(one));
  for (const key of expiring) if ((await client.pttl(key)) === -1) left.push(`${key} for ever`);
  return left;
}

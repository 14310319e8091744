import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { RedisCallbackOutbox } from '../../src/delivery/callbacks/redis-callback-outbox.js';
import type { DeliveryOrder } from '../../src/delivery/delivery.record.js';
import { StoreUnansweredError, type DeliveryFilter } from '../../src/delivery/delivery-store.js';
import { DeliveryCommands } from '../../src/delivery/redis/delivery-commands.js';
import { RedisDeliveryStore, type RedisDeliveryStoreOptions } from '../../src/delivery/redis/redis-delivery-store.js';
import { anOrder, delivered, ends, mustSend, yes } from '../support/deliveries.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { describeDeliveryStore } from '../unit/delivery-store.contract.js';
import { leftBehind, liveAtRandom } from './delivery-store/at-random.js';
import { refuseScriptFlags, RETENTION, storeAt } from './delivery-store/redis-stores.js';
import { startReplyCutter } from './delivery-store/reply-cutter.js';

describe('deliveries in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.close());

  const make = async (options: Partial<RedisDeliveryStoreOptions> = {}) => {
    const made = await storeAt(redis.url, options);
    await made.connection.client.flushall();
    return made;
  };

  describeDeliveryStore('as every store', async (settings) => {
    const { store, connection } = await make(settings);
    return { store, outbox: new RedisCallbackOutbox(connection), pass: (milliseconds) => sleep(milliseconds) };
  });

  it('says that it survives the process', async () => {
    expect((await make()).store.durable).toBe(true);
  });

  it('1,000 begun by two workers at once: each is sent by one of them', async () => {
    const one = await make();
    const two = await storeAt(redis.url);
    const records = await Promise.all(Array.from({ length: 1_000 }, () => one.store.accept(anOrder())));
    const begin = ({ store }: typeof one) => Promise.all(records.map(({ id }) => store.begin(id, 'w', 60_000)));
    const [left, right] = await Promise.all([begin(one), begin(two)]);
    const twiceOrNever = records.filter((_, i) => (left[i]?.kind === 'send') === (right[i]?.kind === 'send'));
    expect(twiceOrNever).toEqual([]);
  });

  it('two workers at random: no attempt begins twice, and nothing is left in an index, in line or for ever', async () => {
    const retention = { recordMs: 600_000, bodyMs: 300_000 };
    const { store, connection } = await make({ retention, firstWakeMs: 0 });
    const other = await storeAt(redis.url, { retention, firstWakeMs: 0 });
    const seed = Date.now() % 1_000_000;
    onTestFailed(() => void process.stderr.write(`seed ${seed}\n`));
    const begun = await liveAtRandom([store, other.store], seed);
    for (const [id, attempts] of begun) {
      expect(attempts).toEqual(attempts.map((_, i) => i + 1));
      expect((await store.get(id))?.attempts.map(({ n }) => n)).toEqual(attempts);
    }
    expect(await leftBehind(connection.client, store, begun.keys())).toEqual([]);
  });

  it('keeps all its keys in one slot of a cluster', async () => {
    const { store, connection } = await make();
    await delivered(store, yes({ receipt: 'r' }), { windows: [{ key: 'w', count: 1, seconds: 60, weight: 1 }] });
    const { id } = await store.accept(anOrder({ windows: [{ key: 'w', count: 1, seconds: 60, weight: 1 }] }));
    await store.begin(id, 'w', 1_000);
    const keys = await connection.client.keys('*');
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((key) => !key.startsWith('{mc}:'))).toEqual([]);
  });

  it('leaves nothing behind when records are gone', async () => {
    const { store, connection } = await make({ retention: { recordMs: 30, bodyMs: 30 } });
    const window = { key: 'w', count: 100, seconds: 0.01, weight: 1 };
    for (const end of [yes({ result: { a: 1 } }), ends('dead'), ends('partial')]) {
      await delivered(store, end, { windows: [window] });
    }
    const { id } = await store.accept(anOrder());
    await store.cancel(id);
    await sleep(1_200);
    expect(await store.prune(100)).toBe(4);
    expect(await connection.client.keys('*')).toEqual(['{mc}:apps']);
  });

  it('costs the same with 300 deliveries and with 6,000', async () => {
    const { store, connection } = await make();
    const fill = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 100) await Promise.all(Array.from({ length: 100 }, () => delivered(store)));
    };
    const callsOf = async (): Promise<number> => {
      await connection.client.config('RESETSTAT');
      const id = await delivered(store);
      await store.list({}, 20);
      await store.list({ state: 'sent' }, 20);
      await store.overdue(100, 1_000);
      await store.prune(100);
      await store.cancel(id);
      const stats = await connection.client.info('commandstats');
      return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
    };
    await fill(300);
    const few = await callsOf();
    await fill(5_700);
    expect(Math.abs((await callsOf()) - few)).toBeLessThanOrEqual(5);
  });

  it('a begin whose reply was lost is repeated, and is the same attempt', async () => {
    await make();
    const cutter = await startReplyCutter(redis.port);
    onTestFinished(() => cutter.close());
    const { store } = await storeAt(cutter.url);
    const { id } = await store.accept(anOrder());
    await store.begin('dlv_warm', 'w', 1_000);
    cutter.cutNextReply();
    const { attempt, record } = await mustSend(store, id);
    expect(cutter.cuts).toBe(1);
    expect(attempt).toBe(1);
    expect(record).toMatchObject({ crashes: 0, possibleDuplicate: false });
  });

  it('neither an accept nor a finish nor a cancel nor a replay happens twice when its reply is lost', async () => {
    await make();
    const cutter = await startReplyCutter(redis.port);
    onTestFinished(() => cutter.close());
    const { store } = await storeAt(cutter.url);
    const id = await delivered(store, ends('dead'));
    await store.replay(id, { force: true, ttlMs: 60_000 });
    await store.cancel(id);

    const order = anOrder();
    cutter.cutNextReply();
    expect(await store.accept(order)).toMatchObject({ state: 'accepted' });
    await mustSend(store, order.id);
    cutter.cutNextReply();
    expect(await store.finish(order.id, 1, ends('dead'))).toMatchObject({ state: 'dead', attempts: [{ n: 1 }] });
    cutter.cutNextReply();
    expect(await store.replay(order.id, { force: false, ttlMs: 60_000 })).toMatchObject({ replayed: true });
    cutter.cutNextReply();
    expect(await store.cancel(order.id)).toMatchObject({ cancelled: true });
    expect(cutter.cuts).toBe(4);
  });

  it('goes on with a Redis that does not know flags in front of a script', async () => {
    const { connection } = await make();
    const { client } = connection;
    refuseScriptFlags(connection);
    const store = new RedisDeliveryStore({ client }, { retention: RETENTION });
    onTestFinished(() => store.close());
    const ids = await Promise.all(Array.from({ length: 20 }, () => delivered(store)));
    expect(await store.get(ids[19] ?? '')).toMatchObject({ state: 'sent' });
  });

  it('what is accepted, drawn, begun and ended in one turn is one call each', async () => {
    const { store, connection } = await make();
    const window = { key: 'w', count: 100, seconds: 60, weight: 1 };
    const orders = Array.from({ length: 10 }, () => anOrder({ windows: [window] }));
    await delivered(store);
    await store.draw([window], false);
    const calls = async (work: (order: DeliveryOrder) => Promise<unknown>): Promise<string | undefined> => {
      await connection.client.config('RESETSTAT');
      await Promise.all(orders.map(work));
      return /cmdstat_evalsha:calls=(\d+)/.exec(await connection.client.info('commandstats'))?.[1];
    };
    expect(await calls((order) => store.accept(order))).toBe('1');
    expect(await calls(() => store.draw([window], true))).toBe('1');
    expect(await calls(({ id }) => store.begin(id, 'w', 60_000))).toBe('1');
    expect(await calls(({ id }) => store.finish(id, 1, yes()))).toBe('1');
    expect((await store.counts()).byState.sent).toBe(11);
  });

  it('what ends, and what begins in its place, is one call', async () => {
    const { store, connection } = await make();
    const orders = await Promise.all(Array.from({ length: 8 }, () => store.accept(anOrder())));
    const [ending, beginning] = [orders.slice(0, 4), orders.slice(4)];
    for (const { id } of ending) await mustSend(store, id);
    await connection.client.config('RESETSTAT');
    const all = await Promise.all([
      ...beginning.map(({ id }) => store.begin(id, 'w', 60_000)),
      ...ending.map(({ id }) => store.finish(id, 1, yes())),
    ]);
    expect(await connection.client.info('commandstats')).toMatch(/cmdstat_evalsha:calls=1,/);
    expect(all.map((one) => (one && 'kind' in one ? one.kind : one?.state))).toEqual([
      ...Array.from({ length: 4 }, () => 'send'),
      ...Array.from({ length: 4 }, () => 'sent'),
    ]);
  });

  it('what ends has its answer, and what begins is begun, where the clock of Redis is another one', async () => {
    const [{ store }, another] = [await make(), await storeAt(redis.url)];
    const [ending, beginning] = [await store.accept(anOrder()), await store.accept(anOrder())];
    await mustSend(store, ending.id);
    // A store that has asked nothing yet does not know the time of Redis: to begin in its first call is too late.
    const [ended, begun] = await Promise.all([
      another.store.finish(ending.id, 1, yes({ result: { a: 1 } })),
      another.store.begin(beginning.id, 'w', 60_000),
    ]);
    expect(ended).toMatchObject({ state: 'sent', result: { a: 1 } });
    expect(begun).toMatchObject({ kind: 'send', attempt: 1 });
  });

  it('what is sent when the sweeper comes across it is looked at again when its lease is over', async () => {
    const { store, connection } = await make({ firstWakeMs: 0 });
    const { id } = await store.accept(anOrder());
    const { record } = await mustSend(store, id, 60_000);
    expect(await store.overdue(10, 1_000)).toEqual([]);
    const leaseUntil = Number(await connection.client.hget(`{mc}:delivery:${id}`, 'leaseUntil'));
    expect(leaseUntil).toBeGreaterThanOrEqual((record.attempts[0]?.startedAt ?? Infinity) + 60_000);
    expect(await connection.client.zscore('{mc}:due', id)).toBe(String(leaseUntil));
    // It has as much time as it has been given, not less.
    await connection.client.hset(`{mc}:delivery:${id}`, { leaseUntil: Date.now() - 1 });
    await connection.client.zadd('{mc}:due', 1, id);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
    // One whose lease nobody can read holds up no other.
    await connection.client.hdel(`{mc}:delivery:${id}`, 'leaseUntil');
    await connection.client.zadd('{mc}:due', 1, id);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
  });

  it('lists what is being sent, of the apps and providers that are asked for', async () => {
    const { store } = await make();
    const apps = ['one', 'two', 'three'];
    const sent = await Promise.all(apps.map((app) => store.accept(anOrder({ app }))));
    for (const { id } of sent) await mustSend(store, id);
    const waiting = await store.accept(anOrder({ app: 'one' }));
    const listed = async (filter: DeliveryFilter) =>
      (await store.list(filter, 10)).records.map(({ id }) => id).toSorted();
    const idsOf = (...some: { readonly id: string }[]) => some.map(({ id }) => id).toSorted();
    expect(await listed({ state: 'sending' })).toEqual(idsOf(...sent));
    expect(await listed({ state: 'sending', apps: ['dingtalk/two'] })).toEqual(idsOf(...sent.slice(1, 2)));
    expect(await listed({ state: 'sending', provider: 'wecom' })).toEqual([]);
    expect(await listed({ apps: ['dingtalk/one'] })).toEqual(idsOf(...sent.slice(0, 1), waiting));
    const first = await store.list({}, 2);
    const rest = await store.list({}, 2, first.next);
    expect(idsOf(...first.records, ...rest.records)).toEqual(idsOf(...sent, waiting));
    expect((await store.counts()).byState).toMatchObject({ sending: 3, accepted: 1 });
  });

  it('what is accepted again under an id whose record is gone outlives what is left of the old one', async () => {
    const { store, connection } = await make({ retention: { recordMs: 30, bodyMs: 30 } });
    const order = anOrder();
    await store.accept(order);
    await store.finish(order.id, (await mustSend(store, order.id)).attempt, yes());
    await sleep(50);
    expect(await store.get(order.id)).toBeUndefined();
    await store.accept(order);
    expect(await store.prune(10)).toBe(1);
    expect(await connection.client.zcard('{mc}:retention')).toBe(0);
    expect(await mustSend(store, order.id)).toMatchObject({ attempt: 1 });
  });

  it('what goes wrong with one of many begun in one call is nobody else’s matter', async () => {
    const { store, connection } = await make();
    const window = { key: 'w', count: 100, seconds: 60, weight: 1 };
    const orders = await Promise.all(Array.from({ length: 9 }, () => store.accept(anOrder({ windows: [window] }))));
    const spoilt = orders[4]?.id ?? '';
    await connection.client.set(`{mc}:meta:${spoilt}`, 'no JSON\n{}');
    await connection.client.config('RESETSTAT');
    const all = await Promise.allSettled(orders.map(({ id }) => store.begin(id, 'w', 60_000)));
    expect(await connection.client.info('commandstats')).toMatch(/cmdstat_eval(sha)?:calls=1,/);
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(all[4]).toMatchObject({ reason: expect.any(StoreUnansweredError) });
    expect(await store.get(orders[8]?.id ?? '')).toMatchObject({ state: 'sending' });
  });

  describe('the end of an only attempt', () => {
    const again = { force: true, ttlMs: 60_000 };
    const numbers = async (store: RedisDeliveryStore, id: string) =>
      (await store.get(id))?.attempts.map(({ n, result, endedAt }) => [n, result, endedAt !== undefined]);

    it('is in the record if it is short, and in the list from a second one on', async () => {
      const { store, connection } = await make();
      const id = await delivered(store);
      expect(await connection.client.exists(`{mc}:attempts:${id}`)).toBe(0);
      expect(await connection.client.object('ENCODING', `{mc}:delivery:${id}`)).toMatch(/^(listpack|ziplist)$/);
      expect(await store.get(id)).toMatchObject({ attempts: [{ n: 1, worker: 'w1', result: 'sent' }] });
      await store.replay(id, again);
      expect(await connection.client.hexists(`{mc}:delivery:${id}`, 'note')).toBe(0);
      expect(await numbers(store, id)).toEqual([[1, 'sent', true]]);
      await store.finish(id, (await mustSend(store, id, 60_000, 'w2')).attempt, yes());
      expect(await store.get(id)).toMatchObject({ attempts: [{ worker: 'w1' }, { n: 2, worker: 'w2' }] });
      expect(await connection.client.pttl(`{mc}:attempts:${id}`)).toBeGreaterThan(1_000);
    });

    it('is in the list if it is long', async () => {
      const { store, connection } = await make();
      const attempt = { result: 'rejected', errcode: 40_003, errmsg: 'x'.repeat(100), reason: 'invalid-user' } as const;
      const id = await delivered(store, { ...ends('rejected'), attempt });
      expect(await connection.client.lrange(`{mc}:attempts:${id}`, 0, -1)).toHaveLength(1);
      expect(await store.get(id)).toMatchObject({ attempts: [{ n: 1, ...attempt }] });
    });

    it('is not lost where the version before replayed it', async () => {
      const { store, connection } = await make();
      const id = await delivered(store);
      // What that version's script left: it knew nothing of the note.
      const queued = { state: 'queued', finishedAt: '', ended: '', duplicate: 1, nextAt: Date.now() };
      await connection.client.hset(`{mc}:delivery:${id}`, queued);
      for (const kind of ['delivery', 'meta', 'body']) await connection.client.persist(`{mc}:${kind}:${id}`);
      expect(await numbers(store, id)).toEqual([[1, 'sent', true]]);
      const { attempt, record } = await mustSend(store, id);
      expect(record).toMatchObject({ possibleDuplicate: true, nextAt: null });
      await store.finish(id, attempt, yes());
      const both = [1, 2].map((n) => [n, 'sent', true]);
      expect(await numbers(store, id)).toEqual(both);
    });

    it('does not keep the list for ever where the version before also began a second one', async () => {
      const { store, connection } = await make();
      const id = await delivered(store);
      const sending = { state: 'sending', attempt: 2, startedAt: 1, leaseUntil: Date.now() + 60_000, finishedAt: '' };
      await connection.client.hset(`{mc}:delivery:${id}`, sending);
      await store.finish(id, 2, yes());
      expect(await numbers(store, id)).toEqual([[2, 'sent', true]]);
      expect(await connection.client.pttl(`{mc}:attempts:${id}`)).toBeGreaterThan(1_000);
    });
  });

  it('reads, ends and replays what the version before began and ended', async () => {
    const { store, connection } = await make();
    const { client } = connection;
    const { id } = await store.accept(anOrder());
    await mustSend(store, id);
    // As that version left it: the one emptied what did not count any more, and listed every attempt.
    await client.hset(`{mc}:delivery:${id}`, { nextAt: '', pacedBy: '', duplicate: 0 });
    await store.finish(id, 1, yes());
    const { note, ...fields } = await client.hgetall(`{mc}:delivery:${id}`);
    await client.hset(`{mc}:delivery:${id}`, { ...fields, op: 'theirs', nextAt: '', pacedBy: '' });
    await client.hdel(`{mc}:delivery:${id}`, 'note');
    await client.rpush(`{mc}:attempts:${id}`, `{"n":1,"startedAt":1,"worker":"old",${note}}`);
    await client.set(`{mc}:outcome:${id}`, '{"result":{"a":1},"receipt":"theirs"}');
    const kept = { state: 'sent', nextAt: null, attempts: [{ n: 1, worker: 'old' }], receipt: 'theirs' };
    expect(await store.get(id)).toMatchObject(kept);
    expect(await store.replay(id, { force: true, ttlMs: 60_000 })).toMatchObject({ replayed: true });
    expect(await store.get(id)).toMatchObject({ result: null, receipt: null });
    await store.finish(id, (await mustSend(store, id)).attempt, yes({ receipt: 'ours' }));
    const both = { attempts: [{ worker: 'old' }, { n: 2, worker: 'w1' }], receipt: 'ours' };
    expect(await store.get(id)).toMatchObject(both);
  });

  it('takes over what a worker of the version before left in its index', async () => {
    const { store, connection } = await make();
    const { id } = await store.accept(anOrder());
    await mustSend(store, id, 1);
    const theirs = '{mc}:index:dingtalk/default:sending';
    await connection.client.zrem('{mc}:sending', `${id} dingtalk/default`);
    await connection.client.zadd(theirs, 1, id);
    await sleep(20);
    expect(await store.begin(id, 'w2', 60_000)).toMatchObject({ kind: 'alone' });
    expect(await connection.client.exists(theirs)).toBe(0);
    expect((await store.counts()).byState).toMatchObject({ sending: 0, retrying: 1 });
  });

  it('what was sent although Redis has lost that it began is not sent again as if it were new', async () => {
    const { store, connection } = await make();
    const { id } = await store.accept(anOrder());
    const before = await connection.client.dumpBuffer(`{mc}:delivery:${id}`);
    const { attempt } = await mustSend(store, id);
    // A replica that had not got the begin yet takes over.
    await connection.client.restore(`{mc}:delivery:${id}`, 0, before, 'REPLACE');
    await connection.client.del('{mc}:sending');
    await store.finish(id, attempt, yes());
    expect(await store.get(id)).toMatchObject({ state: 'accepted', attempt: 0 });
    const again = await store.begin(id, 'w2', 60_000);
    expect(again).toMatchObject({ kind: 'send', record: { possibleDuplicate: true } });
  });

  it('a replay whose command comes twice is one replay, even if it was sent in between', async () => {
    const { store, connection } = await make();
    const commands = new DeliveryCommands(connection);
    const id = await delivered(store);
    const replay = [id, 'op-of-one-call', 1, 60_000, 5_000];
    await commands.run('mcDeliveryReplay', replay);
    await store.finish(id, (await mustSend(store, id)).attempt, yes());
    // ioredis repeats what had no reply when a connection that says nothing is given up, after 12 s.
    await commands.run('mcDeliveryReplay', replay);
    expect(await store.get(id)).toMatchObject({ state: 'sent', attempt: 2 });
  });

  it('a cancellation whose command comes twice is one, even if a replay came in between', async () => {
    const { store, connection } = await make();
    const commands = new DeliveryCommands(connection);
    const { id } = await store.accept(anOrder());
    const cancellation = [id, 'op-of-one-call', 60_000, 60_000, '{}'];
    await commands.run('mcDeliveryCancel', cancellation);
    expect(await store.get(id)).toMatchObject({ state: 'cancelled' });
    await store.replay(id, { force: true, ttlMs: 60_000 });
    await commands.run('mcDeliveryCancel', cancellation);
    expect(await store.get(id)).toMatchObject({ state: 'queued' });
  });

  it('an event whose record cannot be read does not stay in the outbox', async () => {
    const { store, connection } = await make({ subscriptions: () => ({ dead: ['t'] }) });
    const { id } = await store.accept(anOrder());
    await connection.client.del(`{mc}:meta:${id}`);
    await store.begin(id, 'w', 60_000);
    expect(await connection.client.zcard('{mc}:callbacks')).toBe(1);
    expect(await new RedisCallbackOutbox(connection).take(10, 1)).toEqual([]);
    expect(await connection.client.zcard('{mc}:callbacks')).toBe(0);
  });

  it('a window is kept as long as its newest place counts', async () => {
    const { store, connection } = await make();
    const windows = [{ key: 'w', count: 100, seconds: 1, weight: 1 }];
    await delivered(store, yes(), { windows });
    const left = (): Promise<number> => connection.client.pttl('{mc}:pace:w');
    expect(await left()).toBeGreaterThan(1_900);
    // Not every place makes it live longer, but the one that would outlive it does.
    await connection.client.pexpire('{mc}:pace:w', 1_500);
    await delivered(store, yes(), { windows });
    expect(await left()).toBeLessThanOrEqual(1_500);
    await connection.client.pexpire('{mc}:pace:w', 1_050);
    await delivered(store, yes(), { windows });
    expect(await left()).toBeGreaterThan(1_900);
  });

  it('survives SCRIPT FLUSH', async () => {
    const { store, connection } = await make();
    await delivered(store);
    await connection.client.script('FLUSH');
    await delivered(store);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreFullError } from '../../src/delivery/delivery-store.js';
import { anOrder, delivered, mustSend, yes } from '../support/deliveries.js';
import { NOTICE_CALL } from '../support/dingtalk.js';
import { startDeliveryWorld } from '../support/delivery-world.js';
import { within } from '../support/within.js';
import {
  connectTo,
  fill,
  redisOfItsOwn,
  refuseScriptFlags,
  storeAt,
  unansweredAfter,
  untilAnswered,
} from './delivery-store/redis-stores.js';
import { startReplyCutter } from './delivery-store/reply-cutter.js';

describe('deliveries, when Redis is', () => {
  describe('away', () => {
    it(
      'every method says so within two seconds, and all is there when Redis is back',
      { timeout: 40_000 },
      async () => {
        const own = await redisOfItsOwn(['--appendonly', 'yes']);
        const { store } = await storeAt(own.url);
        const { id } = await store.accept(anOrder());
        await own.kill();
        await sleep(50);
        const methods = [
          () => store.accept(anOrder()),
          () => store.begin(id, 'w', 1_000),
          () => store.finish(id, 1, yes()),
          () => store.cancel(id),
          () => store.replay(id, { force: true, ttlMs: 1 }),
          () => store.get(id),
          () => store.list({}, 10),
          () => store.counts(),
          () => store.overdue(10, 1_000),
          () => store.prune(10),
          () => store.checkDurability(),
        ];
        const waits = await Promise.all(methods.map(unansweredAfter));
        expect(Math.max(...waits)).toBeLessThan(within(2_000));
        await own.restart();
        expect(await untilAnswered(() => store.get(id), 3_000)).toMatchObject({ state: 'accepted' });
        await mustSend(store, id);
      },
    );

    it('frozen: an answer within two seconds', { timeout: 40_000 }, async () => {
      const own = await redisOfItsOwn();
      const { store } = await storeAt(own.url);
      const { id } = await store.accept(anOrder());
      own.freeze();
      const methods = [() => store.accept(anOrder()), () => store.begin(id, 'w', 1_000), () => store.counts()];
      const waits = await Promise.all(methods.map(unansweredAfter));
      expect(Math.max(...waits)).toBeLessThan(within(2_000));
    });

    it('frozen at the very first delivery: an answer within two seconds', async () => {
      const own = await redisOfItsOwn();
      const { store } = await storeAt(own.url);
      own.freeze();
      expect(await unansweredAfter(() => store.accept(anOrder()))).toBeLessThan(within(2_000));
    });

    it('a begin that was given up does not begin when Redis thaws', { timeout: 40_000 }, async () => {
      const own = await redisOfItsOwn();
      const { store, connection } = await storeAt(own.url);
      const { id } = await store.accept(anOrder());
      await store.begin('dlv_warm', 'w', 1_000);
      own.freeze();
      await unansweredAfter(() => store.begin(id, 'w', 60_000));
      await sleep(1_000);
      own.thaw();
      await untilAnswered(() => connection.client.ping(), 3_000);
      expect(await store.get(id)).toMatchObject({ state: 'accepted', attempt: 0 });
      expect((await mustSend(store, id)).record.possibleDuplicate).toBe(false);
    });
  });

  describe('filling up', () => {
    it('refuses new ones at three quarters, before anything is written; the others go on', async () => {
      const own = await redisOfItsOwn(['--maxmemory', '12mb', '--maxmemory-policy', 'noeviction']);
      const { store, connection } = await storeAt(own.url);
      const accepted: string[] = [];
      let refused: string | undefined;
      const request = { ...anOrder().request, body: 'x'.repeat(20_000) };
      while (refused === undefined) {
        const order = anOrder({ request });
        try {
          accepted.push((await store.accept(order)).id);
        } catch (error) {
          expect(error).toBeInstanceOf(StoreFullError);
          refused = order.id;
        }
      }
      expect(accepted.length).toBeGreaterThan(100);
      const used = Number(/used_memory:(\d+)/.exec(await connection.client.info('memory'))?.[1]);
      expect(used).toBeLessThan(0.8 * 12 * 1024 * 1024);
      expect(await connection.client.keys(`*${refused}*`)).toEqual([]);
      for (const id of accepted) {
        await mustSend(store, id);
        expect(await store.finish(id, 1, yes())).toMatchObject({ state: 'sent' });
      }
    });

    it('gives a repeat what is there already, above three quarters and at maxmemory', async () => {
      const own = await redisOfItsOwn(['--maxmemory-policy', 'noeviction']);
      const { store, connection } = await storeAt(own.url);
      const order = anOrder();
      await store.accept(order);
      const known = { id: order.id, state: 'sending' };
      await mustSend(store, order.id);
      const used = Number(/used_memory:(\d+)/.exec(await connection.client.info('memory'))?.[1]);
      await connection.client.config('SET', 'maxmemory', Math.round(used * 1.2));
      const { store: looksFirst } = await storeAt(own.url);
      await expect(looksFirst.accept(anOrder())).rejects.toThrow(StoreFullError);
      expect(await looksFirst.accept(order)).toMatchObject(known);
      await fill(connection);
      await expect(looksFirst.accept(anOrder())).rejects.toThrow(StoreFullError);
      expect(await looksFirst.accept(order)).toMatchObject(known);
      expect(await store.accept(order)).toMatchObject(known);
      expect(await store.get(order.id)).toMatchObject({ state: 'sending', attempt: 1 });
    });

    it('says of a repeat that no replica can confirm that nobody knows, never that nothing was accepted', async () => {
      const own = await redisOfItsOwn(['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction']);
      const { store: unconfirmed, connection } = await storeAt(own.url);
      const order = anOrder();
      await unconfirmed.accept(order);
      await fill(connection);
      const { store } = await storeAt(own.url, { durability: 'replica' });
      await expect(store.accept(anOrder())).rejects.toThrow(StoreFullError);
      await unansweredAfter(() => store.accept(order));
    });

    it('at maxmemory: refused as full, and what was accepted is sent all the same', async () => {
      const own = await redisOfItsOwn(['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction']);
      const { store, connection } = await storeAt(own.url);
      const { id } = await store.accept(anOrder({ windows: [{ key: 'w', count: 5, seconds: 60, weight: 1 }] }));
      await fill(connection);
      const order = anOrder();
      await expect(store.accept(order)).rejects.toThrow(StoreFullError);
      await mustSend(store, id);
      expect(await store.finish(id, 1, yes({ receipt: 'r' }))).toMatchObject({ state: 'sent', receipt: 'r' });
      await connection.client.del('ballast');
      expect(await untilAnswered(() => store.accept(order), 3_000)).toMatchObject({ state: 'accepted' });
    });
  });

  it('full: a replay is refused as full, one and by filter', async () => {
    const own = await redisOfItsOwn(['--maxmemory-policy', 'noeviction']);
    const world = await startDeliveryWorld({ redis: own, settings: { 'delivery.retry': ['50ms'] } });
    world.dingtalk.faults.always({ kind: 'code', errcode: -1, errmsg: '系统繁忙' }, { path: NOTICE_CALL });
    const id = await world.accept();
    await world.reaches(id, 'dead');
    const { client } = await connectTo(own.url);
    await client.config('SET', 'maxmemory', '1mb');
    const full = { status: 503, body: { error: { kind: 'unavailable', hint: expect.stringMatching(/^存储已满/) } } };
    expect(await world.replay(id)).toMatchObject(full);
    expect(await world.post('/v1/deliveries/retry', { status: 'dead' })).toMatchObject(full);
    await client.config('SET', 'maxmemory', '0');
    world.dingtalk.faults.clear();
    expect((await world.replay(id)).status).toBe(200);
    await world.reaches(id, 'sent');
  });

  it('before 7 and now a replica: accepting alone makes the connection look for the master', async () => {
    const master = await redisOfItsOwn();
    const own = await redisOfItsOwn();
    const { store, connection } = await storeAt(own.url);
    const { client } = connection;
    // It knows no flags of scripts, so it refuses within a script.
    refuseScriptFlags(connection);
    await store.accept(anOrder());
    let reconnects = 0;
    client.on('close', () => (reconnects += 1));
    await client.replicaof('127.0.0.1', master.port);
    await expect.poll(() => client.info('replication'), { timeout: 10_000 }).toContain('master_link_status:up');
    await store.accept(anOrder()).catch(() => undefined);
    await expect.poll(() => reconnects).toBeGreaterThan(0);
  });

  describe('what a 202 is worth', () => {
    it('is told, with what is wrong', async () => {
      const own = await redisOfItsOwn(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']);
      const report = await (await storeAt(own.url)).store.checkDurability();
      expect(report).toMatchObject({ durability: 'memory', appendonly: false, maxmemoryPolicy: 'allkeys-lru' });
      expect(report.warnings).toEqual([expect.stringContaining('appendonly'), expect.stringContaining('noeviction')]);
    });

    it('nothing is wrong with an AOF and noeviction', async () => {
      const own = await redisOfItsOwn(['--appendonly', 'yes']);
      const report = await (await storeAt(own.url)).store.checkDurability();
      expect(report).toMatchObject({ appendonly: true, appendfsync: 'everysec', maxmemoryPolicy: 'noeviction' });
      expect(report.warnings).toEqual([]);
    });

    it('disk: refused at the start without an AOF', async () => {
      const own = await redisOfItsOwn();
      const { store } = await storeAt(own.url, { durability: 'disk' });
      await expect(store.checkDurability()).rejects.toThrow(/appendonly is off/);
    });

    it('disk: an AOF that is written through is enough', async () => {
      const own = await redisOfItsOwn(['--appendonly', 'yes', '--appendfsync', 'always']);
      const { store } = await storeAt(own.url, { durability: 'disk' });
      expect(await store.checkDurability()).toMatchObject({ durability: 'disk', warnings: [] });
      await delivered(store);
    });

    it('disk: WAITAOF where Redis has it and it waits for the disk, else refused at the start', async () => {
      const own = await redisOfItsOwn(['--appendonly', 'yes']);
      const { store, connection } = await storeAt(own.url, { durability: 'disk' });
      const [known] = (await connection.client.call('COMMAND', 'INFO', 'WAITAOF')) as [unknown];
      const checked = await store.checkDurability().catch((error: Error) => error);
      if (known && !(checked instanceof Error)) await delivered(store);
      else expect(checked).toMatchObject({ name: 'DurabilityError', message: expect.stringContaining('WAITAOF') });
    });

    it('replica: accepted when a replica has it, unanswered when none does', { timeout: 40_000 }, async () => {
      const own = await redisOfItsOwn(['--repl-diskless-sync-delay', '0']);
      const replica = await redisOfItsOwn(['--replicaof', '127.0.0.1', String(own.port)]);
      const { store, connection } = await storeAt(own.url, { durability: 'replica' });
      await untilAnswered(async () => expect(await connection.client.wait(1, 100)).toBe(1), 10_000);
      const orders = Array.from({ length: 200 }, () => anOrder());
      await Promise.all(orders.map((order) => store.accept(order)));
      const copy = await connectTo(replica.url);
      expect(await copy.client.exists(orders.map(({ id }) => `{mc}:delivery:${id}`))).toBe(200);
      replica.freeze();
      expect(await unansweredAfter(() => store.accept(anOrder()))).toBeLessThan(within(2_000));
      expect(await unansweredAfter(() => store.accept(orders[0] ?? anOrder()))).toBeLessThan(within(2_000));
      const { store: fresh } = await storeAt(own.url, { durability: 'replica' });
      expect(await unansweredAfter(() => fresh.accept(orders[1] ?? anOrder()))).toBeLessThan(within(2_000));
      await mustSend(store, orders[0]?.id ?? '');
      replica.thaw();
      await untilAnswered(() => store.accept(anOrder()), 5_000);
    });

    it('replica: a connection that broke in between confirms nothing', { timeout: 40_000 }, async () => {
      const own = await redisOfItsOwn(['--repl-diskless-sync-delay', '0']);
      await redisOfItsOwn(['--replicaof', '127.0.0.1', String(own.port)]);
      const cutter = await startReplyCutter(own.port);
      onTestFinished(() => cutter.close());
      const { store } = await storeAt(cutter.url, { durability: 'replica' });
      await untilAnswered(() => store.accept(anOrder()), 10_000);
      const order = anOrder();
      cutter.cutNextReply();
      await unansweredAfter(() => store.accept(order));
      expect(await untilAnswered(() => store.accept(order), 5_000)).toMatchObject({ state: 'accepted' });
    });
  });
});

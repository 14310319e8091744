import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Queue from 'bull';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BullConnections } from '../../src/delivery/queue/bull-connections.js';
import { BullWakeQueue, QUEUE_NAME } from '../../src/delivery/queue/bull-wake-queue.js';
import { createLogger } from '../../src/logging/logger.js';
import { Redactor } from '../../src/logging/redactor.js';
import { freshDatabase } from '../support/delivery-world.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `dlv_${n}`);

/** When work ends, as a test decides. */
function anEnd(): { readonly reached: Promise<void>; readonly reach: () => void } {
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  return { reached, reach: () => reach() };
}

/** Until new connections to a server that accepts none stay without an answer. */
async function fillBacklog(port: number): Promise<() => void> {
  const sockets: Socket[] = [];
  const opened = async (): Promise<boolean> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    return Promise.race([once(socket, 'connect').then(() => true), sleep(200, false)]);
  };
  while (await opened());
  return () => sockets.forEach((socket) => socket.destroy());
}

describe('wake-ups through Bull', () => {
  let redis: TestRedis;
  beforeAll(async () => (redis = await startRedis()));
  afterAll(() => redis.close());

  /** The queue of one process. */
  const open = async (url: string) => {
    const connections = new BullConnections(url);
    const bull = new Queue<{ id: string }>(QUEUE_NAME, { prefix: '{mc}', createClient: connections.create });
    const queue = new BullWakeQueue(bull, connections, createLogger('silent', new Redactor()).logger);
    onTestFinished(() => queue.onApplicationShutdown());
    await expect.poll(() => connections.ready).toBe(true);
    return { queue, bull };
  };
  const wakeAll = (queue: BullWakeQueue, all: readonly string[]) => Promise.all(all.map((id) => queue.wake(id)));

  it('one of the sweeper’s that has not begun is handed back at the end', async () => {
    const { queue, bull } = await open(freshDatabase(redis));
    const end = anEnd();
    const begun: string[] = [];
    await queue.work(1, (id) => {
      begun.push(id);
      return end.reached;
    });
    await queue.wake('dlv_a');
    await expect.poll(() => begun).toEqual(['dlv_a']);
    await queue.wake('dlv_b', true);
    await expect.poll(() => bull.getActiveCount()).toBe(1);
    const closing = queue.close();
    await expect.poll(() => bull.getActiveCount()).toBe(0);
    end.reach();
    await closing;
    expect(await queue.depth()).toBe(1);
  });

  it('those of one turn travel together; each comes once, and no more at once than there is room for', async () => {
    const { queue, bull } = await open(freshDatabase(redis));
    await wakeAll(queue, ids(100));
    expect(await bull.getWaitingCount()).toBeLessThan(10);
    expect(await queue.depth()).toBe(100);
    const woken: string[] = [];
    let running = 0;
    let most = 0;
    await queue.work(7, async (id) => {
      woken.push(id);
      most = Math.max(most, (running += 1));
      await sleep(1);
      running -= 1;
    });
    await expect.poll(() => woken.length).toBe(100);
    expect(woken.toSorted()).toEqual(ids(100).toSorted());
    expect(most).toBe(7);
    expect(await queue.depth()).toBe(0);
  });

  it('one that is woken for twice before anybody came comes once', async () => {
    const { queue } = await open(freshDatabase(redis));
    await queue.wake('dlv_a');
    await queue.wake('dlv_a');
    expect(await queue.depth()).toBe(1);
  });

  it('two wake-ups for many that begin with the same one are both heard', async () => {
    const { queue } = await open(freshDatabase(redis));
    await wakeAll(queue, ['dlv_a', 'dlv_b']);
    await wakeAll(queue, ['dlv_a', 'dlv_c']);
    const woken = new Set<string>();
    await queue.work(1, async (id) => void woken.add(id));
    await expect.poll(() => [...woken].toSorted()).toEqual(['dlv_a', 'dlv_b', 'dlv_c']);
  });

  it('a job is over when its deliveries have begun: their records say what becomes of them', async () => {
    const { queue, bull } = await open(freshDatabase(redis));
    const ending = anEnd();
    let begun = 0;
    await wakeAll(queue, ids(5));
    await queue.work(10, () => {
      begun += 1;
      return ending.reached;
    });
    await expect.poll(() => begun).toBe(5);
    await expect.poll(() => bull.getActiveCount()).toBe(0);
    ending.reach();
  });

  it('who makes room before he is done lets one other begin, and is still waited for', async () => {
    const { queue } = await open(freshDatabase(redis));
    const ending = anEnd();
    const begun: string[] = [];
    await wakeAll(queue, ids(5));
    await queue.work(1, (id, makeRoom) => {
      begun.push(id);
      if (begun.length === 1) for (let i = 0; i < 3; i += 1) makeRoom();
      return ending.reached;
    });
    await expect.poll(() => begun.length).toBe(2);
    await sleep(50);
    expect(begun).toHaveLength(2);
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    await sleep(50);
    expect([begun.length, closed]).toEqual([2, false]);
    ending.reach();
    await closing;
  });

  it('wakes at once who comes after a while, and together those who come one after the other', async () => {
    const { queue, bull } = await open(freshDatabase(redis));
    await queue.wake('dlv_first');
    const soon = ids(8).map(async (id, i) => {
      await sleep(i / 2);
      await queue.wake(id);
    });
    await Promise.all(soon);
    expect(await queue.depth()).toBe(9);
    expect(await bull.getWaitingCount()).toBeLessThanOrEqual(4);
  });

  it('what still waits for the next job is handed over when it closes', async () => {
    const url = freshDatabase(redis);
    const [one, other] = [await open(url), await open(url)];
    await one.queue.wake('dlv_a');
    const late = one.queue.wake('dlv_b');
    await new Promise((resolve) => setImmediate(resolve));
    await one.queue.onApplicationShutdown();
    await late;
    expect(await other.queue.depth()).toBe(2);
  });

  it('who closes waits for what has begun, and hands the rest to others', async () => {
    const url = freshDatabase(redis);
    const [one, other] = [await open(url), await open(url)];
    const ending = anEnd();
    const begun: string[] = [];
    await wakeAll(one.queue, ids(20));
    await one.queue.work(3, (id) => {
      begun.push(id);
      return ending.reached;
    });
    await expect.poll(() => begun.length).toBe(3);
    let closed = false;
    const closing = one.queue.close().then(() => (closed = true));
    const rest: string[] = [];
    await other.queue.work(10, async (id) => void rest.push(id));
    await expect.poll(() => rest.length).toBe(17);
    expect([begun.length, closed]).toEqual([3, false]);
    ending.reach();
    await closing;
    expect([...begun, ...rest].toSorted()).toEqual(ids(20).toSorted());
  });

  it('who closes while a connection to Redis cannot be made leaves no rejection behind', async () => {
    const narrow = await startRedis(['--tcp-backlog', '1']);
    onTestFinished(() => narrow.close());
    const { queue, bull } = await open(narrow.url);
    await queue.work(1, () => Promise.resolve());
    const { bclient } = bull as unknown as { bclient: Redis };
    await expect.poll(() => bclient.status).toBe('ready');
    narrow.freeze();
    onTestFinished(await fillBacklog(narrow.port));
    bclient.disconnect(true);
    await expect.poll(() => bclient.status).toBe('connecting');
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    await queue.close();
    await queue.onApplicationShutdown();
    expect(rejections).toEqual([]);
  });

  it('counts a long line nearly', async () => {
    const { queue } = await open(freshDatabase(redis));
    await wakeAll(queue, ids(20_000));
    const depth = await queue.depth();
    expect(depth).toBeGreaterThan(19_000);
    expect(depth).toBeLessThan(21_000);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { DeliveryView } from '../../src/delivery/delivery.view.js';
import {
  HASTY_RETRY,
  NOTICE,
  startDeliveryWorld,
  WECOM_CALL,
  type DeliveryWorld,
  type DeliveryWorldOptions,
} from '../support/delivery-world.js';
import { NOTICE_CALL } from '../support/dingtalk.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { scrape } from '../support/scrape.js';
import { within } from '../support/within.js';

const HASTY = { 'delivery.retry': HASTY_RETRY };
const BUSY = { kind: 'code', errcode: -1, errmsg: '系统繁忙' } as const;

function resultsOf({ attempts }: DeliveryView): readonly string[] {
  return attempts.map(({ result }) => result);
}

describe.each(['memory', 'redis'] as const)('what becomes of a delivery over %s', (kind) => {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    if (kind === 'redis') redis = await startRedis();
  });
  afterAll(() => redis?.close());

  const start = (options: DeliveryWorldOptions = {}): Promise<DeliveryWorld> =>
    startDeliveryWorld({ ...(redis === undefined ? {} : { redis }), settings: HASTY, ...options });

  it('refused by the platform: rejected at once, with its code and words', async () => {
    const world = await start();
    const nobody = { touser: ['nobody9'], msgtype: 'text', text: { content: '没有这个人' } };
    const view = await world.reaches(await world.acceptWeCom('', nobody), 'rejected');
    expect(view.attempts).toHaveLength(1);
    expect(view.attempts[0]).toMatchObject({ result: 'rejected', errcode: expect.anything() });
  });

  it('the platform is busy: tried again until it is sent', async () => {
    const world = await start();
    world.wecom.faults.next(BUSY, { path: WECOM_CALL });
    const view = await world.reaches(await world.acceptWeCom(), 'sent');
    expect(resultsOf(view)).toEqual(['provider-unavailable', 'sent']);
    expect(view.possibleDuplicate).toBe(false);
  });

  it('nothing listens there: tried again until somebody does', async () => {
    const world = await start({ settings: { 'delivery.retry': Array.from({ length: 20 }, () => '150ms') } });
    await world.reaches(await world.accept(), 'sent');
    const { port } = new URL(world.dingtalk.url);
    await world.dingtalk.close();
    const id = await world.accept();
    await expect.poll(async () => (await world.view(id)).attempts.length, { timeout: 5_000 }).toBeGreaterThan(1);
    await world.dingtalk.start(Number(port));
    const view = await world.reaches(id, 'sent');
    expect(resultsOf(view)[0]).toBe('provider-unavailable');
    expect(view.possibleDuplicate).toBe(false);
  });

  it('the platform throttles: waits without using up its tries', async () => {
    const world = await start({ settings: { 'delivery.retry': ['100ms'] } });
    const tooFast = { kind: 'code', errcode: 90018, errmsg: 'too fast' } as const;
    world.dingtalk.faults.next(tooFast, { path: NOTICE_CALL, times: 1 });
    const id = await world.accept();
    await expect.poll(async () => (await world.view(id)).status, { timeout: 5_000 }).toBe('retrying');
    const view = await world.view(id);
    expect(resultsOf(view)).toEqual(['provider-throttled']);
    expect(Date.parse(String(view.nextAttemptAt))).toBeGreaterThan(Date.now() - 1_000);
  });

  it('its tries are spent: dead, with every attempt, and it can be replayed; attempts go on counting', async () => {
    const world = await start({ settings: { 'delivery.retry': ['50ms'] } });
    world.wecom.faults.always(BUSY, { path: WECOM_CALL });
    const id = await world.acceptWeCom();
    expect(resultsOf(await world.reaches(id, 'dead'))).toHaveLength(2);
    expect((await world.list('status=dead')).map((view) => view.id)).toEqual([id]);
    world.wecom.faults.clear();
    const { status, body } = await world.replay(id);
    expect({ status, state: (body.data as DeliveryView).status }).toEqual({ status: 200, state: 'queued' });
    expect((await world.reaches(id, 'sent')).attempts.map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it('many are dead: replayed by filter', async () => {
    const world = await start({ settings: { 'delivery.retry': ['50ms'] } });
    world.wecom.faults.always(BUSY, { path: WECOM_CALL });
    const ids = [await world.acceptWeCom(), await world.acceptWeCom()];
    for (const id of ids) await world.reaches(id, 'dead');
    world.wecom.faults.clear();
    const other = await world.post('/v1/deliveries/retry', { provider: 'dingtalk' });
    expect(other.body.data).toEqual({ replayed: [], skipped: [] });
    const { body } = await world.post('/v1/deliveries/retry', { status: 'dead', provider: 'wecom' });
    expect((body.data as { replayed: string[] }).replayed.toSorted()).toEqual(ids.toSorted());
    for (const id of ids) await world.reaches(id, 'sent');
  });

  it('sent: replayed only by force, and flagged as a possible duplicate', async () => {
    const world = await start();
    const id = await world.accept();
    await world.reaches(id, 'sent');
    expect((await world.replay(id)).status).toBe(409);
    expect((await world.replay(id, { force: true })).status).toBe(200);
    await expect.poll(() => world.messageCount(), { timeout: 5_000 }).toBe(2);
    expect(await world.reaches(id, 'sent')).toMatchObject({ possibleDuplicate: true });
  });

  it('only some people are reached: partial', async () => {
    const world = await start();
    world.wecom.reachOnlySome(true);
    const body = { touser: ['zhangsan', 'lisi'], msgtype: 'text', text: { content: '部分送达' } };
    const view = await world.reaches(await world.acceptWeCom('', body), 'partial');
    expect(view.result).toMatchObject({ outcome: 'partial' });
  });
});

it('an app has its own time for an operation on this road too', async () => {
  const world = await startDeliveryWorld({
    settings: { 'outbound.timeoutMs': 300, 'providers.dingtalk.timeoutMs': 5_000, 'delivery.retry': HASTY_RETRY },
  });
  world.dingtalk.faults.always({ kind: 'delay', ms: 1_000 }, { path: '/topapi/message/corpconversation/asyncsend_v2' });
  const view = await world.reaches(await world.accept(), 'sent');
  expect(view.attempts).toHaveLength(1);
  expect(world.messageCount()).toBe(1);
});

describe('limits per person, above which the platform says yes and shows nothing', () => {
  const to = (touser: readonly string[]): object => ({ touser, msgtype: 'text', text: { content: '磁盘空间不足' } });

  it('a message waits for room; what would expire first is sent and says that it may be dropped', async () => {
    const world = await startDeliveryWorld();
    const ids = await Promise.all(Array.from({ length: 31 }, () => world.acceptWeCom()));
    await expect.poll(() => world.wecom.ledger.messages().length, { timeout: 8_000 }).toBe(30);
    const waiting = (await Promise.all(ids.map((id) => world.view(id)))).filter(({ status }) => status === 'queued');
    expect(waiting).toMatchObject([{ pacedBy: expect.stringContaining('member-minute'), mayBeDropped: false }]);
    expect((await scrape(world.url)).value('delivery_paced_total')).toBe(1);
    const hasty = await world.reaches(await world.acceptWeCom('ttl=5s'), 'sent');
    expect(hasty.mayBeDropped).toBe(true);
  });

  it('more than a hundred named people are not counted, and the delivery says so', async () => {
    const world = await startDeliveryWorld();
    const few = await world.acceptWeCom('', to(['zhangsan', 'lisi']));
    const many = await world.acceptWeCom('', to(Array.from({ length: 101 }, (_, n) => `member${n}`)));
    expect(await world.view(few)).toMatchObject({ mayBeDropped: false });
    expect(await world.view(many)).toMatchObject({ mayBeDropped: true });
  });
});

describe('wrong credentials', () => {
  afterEach(() => vi.restoreAllMocks());

  it('wait without dying until they are right, and the platform is asked for a token no more than twice', async () => {
    let ahead = 0;
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
    const world = await startDeliveryWorld({ settings: { 'delivery.retry': ['100ms'] } });
    world.dingtalk.rejectCredentials(true);
    world.dingtalk.revokeTokens();
    const before = world.dingtalk.tokenRequests();
    const id = await world.accept();
    await expect.poll(async () => resultsOf(await world.view(id)), { timeout: 5_000 }).toEqual(['credentials']);
    expect((await world.view(id)).status).toBe('retrying');
    world.dingtalk.rejectCredentials(false);
    ahead = 80_000;
    await world.reaches(id, 'sent');
    expect(world.dingtalk.tokenRequests() - before).toBeLessThanOrEqual(2);
  });
});

describe('Redis away', () => {
  /** A world whose Redis dies after the first message. */
  async function startWithoutRedis(how: 'killed' | 'frozen'): Promise<DeliveryWorld> {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const world = await startDeliveryWorld({ settings: { 'redis.url': redis.url } });
    await world.reaches(await world.accept(), 'sent');
    if (how === 'killed') await redis.kill();
    else redis.freeze();
    return world;
  }

  it.each(['killed', 'frozen'] as const)(
    '%s: an asynchronous request is answered 503 within 2 s, with the id',
    async (how) => {
      const world = await startWithoutRedis(how);
      const started = performance.now();
      const answers = await Promise.all([0, 1, 2].map(() => world.post(`${NOTICE}?async=true`)));
      expect(performance.now() - started).toBeLessThan(within(2_000));
      for (const { status, body, headers } of answers) {
        expect({ status, kind: body.error?.kind, retry: headers.get('retry-after') }).toEqual({
          status: 503,
          kind: 'unavailable',
          retry: '2',
        });
        expect((body.data as { id: string }).id).toMatch(/^dlv_/);
        expect(JSON.stringify(body)).toContain('Idempotency-Key');
      }
    },
  );

  it.each(['killed', 'frozen'] as const)('%s: synchronous sends go on', async (how) => {
    const world = await startWithoutRedis(how);
    expect((await world.post(NOTICE)).status).toBe(200);
    expect((await world.get('/health/ready')).status).toBe(200);
  });

  it('the deliveries cannot be asked either: 503', async () => {
    const world = await startWithoutRedis('killed');
    for (const path of ['/v1/deliveries', `/v1/deliveries/dlv_${'a'.repeat(26)}`]) {
      expect((await world.get(path)).status).toBe(503);
    }
  });
});

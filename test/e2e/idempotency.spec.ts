import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApiKey, hashApiKey } from '../../src/inbound/api-key.js';
import { DEFAULT_APPS, DEFAULT_CORP_ID } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import {
  aWeComText,
  freshDatabase,
  NOTICE,
  startDeliveryWorld,
  WECOM,
  type DeliveryWorld,
  type DeliveryWorldOptions,
} from '../support/delivery-world.js';
import { aForm, aGroup, aNotice, aText, NOTICE_CALL, type UploadForm } from '../support/dingtalk.js';
import { call, type TestAnswer } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { Redis } from 'ioredis';

let keys = 0;

function aKey(): Record<string, string> {
  keys += 1;
  return { 'Idempotency-Key': `order-4711-${keys}` };
}

const replayed = ({ headers }: TestAnswer): boolean => headers.get('idempotency-replayed') === 'true';

describe.each(['memory', 'redis'] as const)('Idempotency-Key over %s', (kind) => {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    if (kind === 'redis') redis = await startRedis();
  });
  afterAll(() => redis?.close());

  const start = (options: DeliveryWorldOptions = {}): Promise<DeliveryWorld> =>
    startDeliveryWorld({ ...(redis === undefined ? {} : { redis }), ...options });

  describe.each([
    ['synchronous', NOTICE, 200],
    ['asynchronous', `${NOTICE}?async=true`, 202],
  ])('%s', (_name, path, status) => {
    it('a repeat gets the first answer, status and headers included, and sends nothing', async () => {
      const world = await start();
      const [key, body] = [aKey(), aNotice()];
      const first = await world.post(path, body, key);
      const second = await world.post(path, body, key);
      expect([first.status, second.status]).toEqual([status, status]);
      expect(second.text).toBe(first.text);
      expect(second.headers.get('location')).toBe(first.headers.get('location'));
      expect([replayed(first), replayed(second)]).toEqual([false, true]);
      await expect.poll(() => world.messageCount(), { timeout: 5_000 }).toBe(1);
    });

    it('the order of members and white space make no difference', async () => {
      const world = await start();
      const key = aKey();
      const { userid_list, msg } = aNotice();
      await world.post(path, { userid_list, msg }, key);
      const again = await world.post(path, JSON.stringify({ msg, userid_list }, undefined, 4), key);
      expect({ status: again.status, replayed: replayed(again) }).toEqual({ status, replayed: true });
    });

    it('any other request under the key is refused, and sends nothing', async () => {
      const world = await start();
      const [key, body] = [aKey(), aNotice()];
      await world.post(path, body, key);
      const others = [
        { ...body, userid_list: 'lisi' },
        { ...body, msg: aText() },
        { ...body, dept_id_list: '2' },
      ];
      for (const other of others) {
        const answer = await world.post(path, other, key);
        expect({ status: answer.status, kind: answer.body.error?.kind }).toEqual({ status: 422, kind: 'key-reused' });
      }
      await expect.poll(() => world.messageCount(), { timeout: 5_000 }).toBe(1);
    });

    it('100 at once under each of 5 keys make 5 messages', async () => {
      const world = await start();
      const requests = Array.from({ length: 5 }, () => ({ key: aKey(), body: aNotice() }));
      const answers = await Promise.all(
        requests.flatMap(({ key, body }) => Array.from({ length: 100 }, () => world.post(path, body, key))),
      );
      const statuses = new Set(answers.map((answer) => answer.status));
      expect([...statuses].filter((one) => one !== status && one !== 409)).toEqual([]);
      await expect.poll(() => world.messageCount(), { timeout: 5_000 }).toBe(5);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(world.messageCount()).toBe(5);
    });

    it('a request that was not valid releases the key', async () => {
      const world = await start();
      const [key, body] = [aKey(), aNotice()];
      expect((await world.post(path, { ...body, msg: {} }, key)).status).toBe(400);
      expect((await world.post(path, body, key)).status).toBe(status);
    });
  });

  it('what the platform refused is answered again without asking it again', async () => {
    const world = await start();
    const [key, body] = [aKey(), aWeComText({ touser: ['nobody9'] })];
    const first = await world.post(WECOM, body, key);
    const calls = world.wecom.ledger.calls().length;
    const second = await world.post(WECOM, body, key);
    expect([first.status, second.status, replayed(second)]).toEqual([422, 422, true]);
    expect(world.wecom.ledger.calls()).toHaveLength(calls);
  });

  it('what nobody knows is answered again, and not sent again', async () => {
    const world = await start();
    world.dingtalk.faults.next({ kind: 'cut-after-read' }, { path: NOTICE_CALL });
    const [key, body] = [aKey(), aNotice()];
    const first = await world.post(NOTICE, body, key);
    const second = await world.post(NOTICE, body, key);
    expect([first.status, second.status, replayed(second)]).toEqual([504, 504, true]);
    expect(world.messageCount()).toBe(1);
  });

  it('what was not sent releases the key', async () => {
    const world = await start();
    world.dingtalk.faults.next({ kind: 'code', errcode: -1, errmsg: '系统繁忙' }, { path: NOTICE_CALL });
    const [key, body] = [aKey(), aNotice()];
    expect((await world.post(NOTICE, body, key)).status).toBe(502);
    expect((await world.post(NOTICE, body, key)).status).toBe(200);
  });

  it('another caller, another route and another app have keys of their own', async () => {
    const [one, two] = [createApiKey(), createApiKey()];
    const apiKeys = [one, two].map((key, i) => ({ id: `caller${i}`, hash: hashApiKey(key, '') }));
    const world = await start({ settings: { 'access.apiKeys': apiKeys } });
    const [key, body] = [aKey(), aWeComText({ touser: ['wangwu'] })];
    const requests: readonly [string, object, Record<string, string>][] = [
      [WECOM, body, { ...key, 'X-API-Key': one }],
      [WECOM, body, { ...key, 'X-API-Key': two }],
      [WECOM, body, { ...key, 'X-API-Key': one, 'X-App': 'ops' }],
      [NOTICE, aNotice(), { ...key, 'X-API-Key': one }],
    ];
    for (const [path, content, headers] of requests) {
      const answer = await world.post(path, content, headers);
      expect({ status: answer.status, replayed: replayed(answer) }).toEqual({ status: 200, replayed: false });
    }
    expect(world.messageCount()).toBe(4);
  });

  it('a repeat of an accepted message names the same place, whatever the caller calls its request', async () => {
    const world = await start();
    const headers = { ...aKey(), Prefer: 'respond-async', 'X-Request-Id': 'Location' };
    const body = aNotice();
    const first = await world.post(NOTICE, body, headers);
    const second = await world.post(NOTICE, body, headers);
    expect([first.status, second.status, replayed(second)]).toEqual([202, 202, true]);
    for (const answer of [first, second]) {
      expect(answer.headers.get('location')).toMatch(/^\/v1\/deliveries\/dlv_/);
      expect(answer.headers.get('preference-applied')).toBe('respond-async');
      expect(answer.headers.get('x-request-id')).toBe('Location');
    }
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('another delivery in the path is another request', async () => {
    const world = await start();
    const [one, two] = [await world.accept('delay=3600'), await world.accept('delay=3600')];
    await Promise.all([world.cancel(one), world.cancel(two)]);
    const key = aKey();
    const replay = (id: string): Promise<TestAnswer> => world.post(`/v1/deliveries/${id}/retry`, { force: true }, key);
    const [first, other, again] = [await replay(one), await replay(two), await replay(one)];
    expect([first.status, other.status, again.status]).toEqual([200, 422, 200]);
    expect([other.body.error?.kind, replayed(again)]).toEqual(['key-reused', true]);
    expect((await world.view(two)).status).toBe('cancelled');
  });

  describe('an upload', () => {
    const upload = (world: DeliveryWorld, key: Record<string, string>, form: UploadForm = {}): Promise<TestAnswer> =>
      call(`${world.url}/v1/dd/media/upload`, { method: 'POST', body: aForm(form), headers: key });
    const uploads = (world: DeliveryWorld): number => world.dingtalk.ledger.calls({ path: '/media/upload' }).length;

    it('of the same form gets the first media_id', async () => {
      const world = await start();
      const key = aKey();
      const [first, second] = [await upload(world, key), await upload(world, key)];
      expect([first.status, second.status, replayed(second)]).toEqual([200, 200, true]);
      expect(second.body.data).toBe(first.body.data);
      expect(uploads(world)).toBe(1);
    });

    it.each<[string, UploadForm]>([
      ['other bytes, just as many', { bytes: Buffer.from('PIXELS') }],
      ['another file name, just as long', { fileName: 'b.png' }],
      ['another type', { type: 'video' }],
    ])('with %s is another request', async (_name, other) => {
      const world = await start();
      const key = aKey();
      expect((await upload(world, key)).status).toBe(200);
      const answer = await upload(world, key, other);
      expect({ status: answer.status, kind: answer.body.error?.kind }).toEqual({ status: 422, kind: 'key-reused' });
      expect(uploads(world)).toBe(1);
    });

    it('that its sender broke off is no bug of ours, and leaves the key free', async () => {
      const world = await start();
      const key = aKey();
      const whole = new Request(world.url, { method: 'POST', body: aForm() });
      const [type, bytes] = [whole.headers.get('content-type') ?? '', Buffer.from(await whole.arrayBuffer())];
      const headers = { ...key, 'Content-Type': type, 'Content-Length': bytes.length };
      const broken = request(`${world.url}/v1/dd/media/upload`, { method: 'POST', headers }).on('error', () => {});
      broken.write(bytes.subarray(0, -30));
      await sleep(50);
      broken.destroy();
      const line = (): string | undefined => world.gateway.logs.find((log) => log.includes('"aborted":true'));
      await expect.poll(line, { timeout: 5_000 }).toBeDefined();
      const repeat = await call(`${world.url}/v1/dd/media/upload`, {
        method: 'POST',
        body: bytes,
        headers: { ...key, 'Content-Type': type },
      });
      expect({ status: repeat.status, replayed: replayed(repeat) }).toEqual({ status: 200, replayed: false });
      expect(world.gateway.logs.filter((log) => log.includes('unexpected error'))).toEqual([]);
    });

    it('that was not valid releases the key', async () => {
      const world = await start();
      const key = aKey();
      expect((await upload(world, key, { type: 'sticker' })).status).toBe(400);
      expect((await upload(world, key)).status).toBe(200);
    });
  });

  it('a key that is empty, too long or not printable is refused', async () => {
    const world = await start();
    for (const key of ['', 'a'.repeat(256), 'with space', 'tab\there']) {
      const { status } = await world.post(NOTICE, aNotice(), { 'Idempotency-Key': key });
      expect({ key, status }).toEqual({ key, status: 400 });
    }
    expect(world.messageCount()).toBe(0);
  });

  it('a dry run claims nothing', async () => {
    const world = await start();
    const [key, body] = [aKey(), aNotice()];
    await world.post(`${NOTICE}?dryRun=true`, body, key);
    const answer = await world.post(NOTICE, aNotice(), key);
    expect({ status: answer.status, replayed: replayed(answer) }).toEqual({ status: 200, replayed: false });
  });
});

describe('an Idempotency-Key whose request may take longer than outbound.timeoutMs', () => {
  afterEach(() => vi.restoreAllMocks());

  const external = {
    corp_id: DEFAULT_CORP_ID,
    corp_secret: DEFAULT_APPS[0].secret,
    chatId: 'room1',
    message: '磁盘空间不足',
  };

  it.each<[string, string, object, object]>([
    ['an app', WECOM, aWeComText(), { 'providers.wecom.apps.default.timeoutMs': 60_000 }],
    ['a provider', WECOM, aWeComText(), { 'providers.wecom.timeoutMs': 60_000 }],
    [
      'a provider whose callers bring their apps along',
      '/v1/messages_external/weChat_group_chat',
      external,
      { 'messagesExternal.enabled': true, 'providers.wecom.apps': {}, 'providers.wecom.timeoutMs': 60_000 },
    ],
  ])('by the timeoutMs of %s: a repeat meanwhile is told that it runs', async (_name, path, body, settings) => {
    let ahead = 0;
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
    const world = await startDeliveryWorld({ settings: { 'outbound.timeoutMs': 1_000, ...settings } });
    world.wecom.faults.next({ kind: 'delay', ms: 2_000 });
    const key = aKey();
    const first = world.post(path, body, key);
    const sending = (): boolean => world.wecom.ledger.calls().some((one) => one.path.endsWith('/send'));
    await expect.poll(sending, { timeout: 5_000, interval: 20 }).toBe(true);
    ahead = 50_000;
    const repeat = await world.post(path, body, key);
    expect({ status: repeat.status, kind: repeat.body.error?.kind }).toEqual({ status: 409, kind: 'conflict' });
    await first;
  });
});

describe('Idempotency-Key and Redis', () => {
  it('away: 503 and nothing is sent; without a key it is sent', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const world = await startDeliveryWorld({ settings: { 'redis.url': redis.url } });
    await redis.kill();
    const refused = await world.post(NOTICE, aNotice(), aKey());
    expect({ status: refused.status, retry: refused.headers.get('retry-after') }).toEqual({ status: 503, retry: '2' });
    expect(world.messageCount()).toBe(0);
    expect((await world.post(NOTICE)).status).toBe(200);
  });

  /** Makes the key look like one whose process died: its lease is over, its answer never came. */
  async function abandon(url: string): Promise<void> {
    const client = new Redis(url);
    for (const key of await client.keys('{mc}:idempotency:*')) {
      await client.hdel(key, 'status', 'body', 'headers');
      await client.hset(key, 'lease', 1);
    }
    client.disconnect();
  }

  it.each([
    ['synchronously nobody knows: 504', '', 504],
    ['asynchronously it is the same delivery: 202', '?async=true', 202],
  ])('the process of the first request died: %s', async (_name, query, status) => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const url = freshDatabase(redis);
    const world = await startDeliveryWorld({ settings: { 'redis.url': url } });
    const [key, body] = [aKey(), aNotice()];
    const first = await world.post(NOTICE + query, body, key);
    await abandon(url);
    const second = await world.post(NOTICE + query, body, key);
    expect({ status: second.status, kind: second.body.error?.kind }).toEqual({
      status,
      kind: status === 504 ? 'outcome-unknown' : undefined,
    });
    if (status === 202) expect(second.headers.get('location')).toBe(first.headers.get('location'));
    await expect.poll(() => world.messageCount(), { timeout: 5_000 }).toBe(1);
  });

  it('the process of the first request died and the repeat finds no room: it needs none, it is the same delivery', async () => {
    const redis = await startRedis();
    const client = new Redis(redis.url);
    onTestFinished(async () => {
      client.disconnect();
      await redis.close();
    });
    const url = freshDatabase(redis);
    const world = await startDeliveryWorld({ settings: { 'redis.url': url } });
    const [key, body] = [aKey(), aNotice()];
    const send = (headers = {}): Promise<TestAnswer> => world.post(`${NOTICE}?async=true`, body, headers);
    const first = await send(key);
    await abandon(url);
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    await client.config('SET', 'maxmemory', Math.round(used * 1.2));
    await expect.poll(async () => (await send()).status, { timeout: 5_000 }).toBe(503);
    const repeat = await send(key);
    expect([repeat.status, repeat.headers.get('location')]).toEqual([202, first.headers.get('location')]);
  }, 30_000);

  it('the process of the first request died on a route that is never asynchronous: 504 whatever Prefer says', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const url = freshDatabase(redis);
    const world = await startDeliveryWorld({ settings: { 'redis.url': url } });
    const [headers, body] = [{ ...aKey(), Prefer: 'respond-async' }, aGroup()];
    const create = (): Promise<TestAnswer> => world.post('/v1/dd/chat/create', body, headers);
    expect((await create()).status).toBe(200);
    await abandon(url);
    const calls = world.dingtalk.ledger.calls().length;
    const second = await create();
    expect({ status: second.status, kind: second.body.error?.kind }).toEqual({ status: 504, kind: 'outcome-unknown' });
    expect(world.dingtalk.ledger.calls()).toHaveLength(calls);
  });
});

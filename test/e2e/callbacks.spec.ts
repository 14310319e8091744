import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startDeliveryWorld, type DeliveryWorld, type DeliveryWorldOptions } from '../support/delivery-world.js';
import { aNotice } from '../support/dingtalk.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { isAuthentic, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
/** A callback is looked for twice a second. */
const SOON = { timeout: 5_000, interval: 20 };

/** The address of a receiver that takes everything and answers nothing. */
async function startHungReceiver(): Promise<string> {
  const hung = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(hung, 'listening');
  onTestFinished(() => {
    hung.closeAllConnections();
    hung.close();
  });
  return `http://127.0.0.1:${(hung.address() as AddressInfo).port}/`;
}

/** A Redis of the test's own, and what looks into it. */
async function startOwnRedis(): Promise<{ redis: TestRedis; client: Redis }> {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  onTestFinished(async () => {
    client.disconnect();
    await redis.close();
  });
  return { redis, client };
}

/** Sets the clock of this process on, by so many milliseconds in all. */
function startClock(): (ahead: number) => void {
  let by = 0;
  const { now } = Date;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + by);
  onTestFinished(() => clock.mockRestore());
  return (ahead) => (by = ahead);
}

/** Makes all events due now, as the hours would. */
async function age(client: Redis): Promise<void> {
  for (const event of await client.zrange('{mc}:callbacks', 0, -1)) await client.zadd('{mc}:callbacks', 0, event);
}

describe.each(['memory', 'redis'] as const)('outcome callbacks over %s', (kind) => {
  let redis: TestRedis | undefined;
  beforeAll(async () => {
    if (kind === 'redis') redis = await startRedis();
  });
  afterAll(() => redis?.close());
  afterEach(() => vi.restoreAllMocks());

  interface Listening {
    readonly world: DeliveryWorld;
    readonly receiver: WebhookReceiver;
  }

  async function start(target: object = {}, settings: object = {}): Promise<Listening> {
    const receiver = await startWebhookReceiver();
    onTestFinished(() => receiver.close());
    const callbacks = [{ url: receiver.url, secret: SECRET, allowPrivate: true, ...target }];
    const options: DeliveryWorldOptions = { settings: { callbacks, ...settings } };
    const world = await startDeliveryWorld({ ...(redis === undefined ? {} : { redis }), ...options });
    return { world, receiver };
  }

  it('tell how a delivery ended, signed by Standard Webhooks, and nothing of what was written', async () => {
    const { world, receiver } = await start();
    const id = await world.accept('', aNotice({ msg: { msgtype: 'text', text: { content: 'quite private' } } }));
    await expect.poll(() => receiver.received.length, SOON).toBe(1);
    const [webhook] = receiver.received;
    if (!webhook) throw new Error('no webhook');
    expect(isAuthentic(webhook, SECRET)).toBe(true);
    expect(isAuthentic({ ...webhook, body: `${webhook.body} ` }, SECRET)).toBe(false);
    expect(isAuthentic(webhook, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(false);
    expect(JSON.parse(webhook.body)).toMatchObject({ type: 'delivery.sent', data: { id, status: 'sent' } });
    expect(webhook.body).not.toContain('quite private');
    expect(webhook.headers['content-type']).toContain('application/json');
  });

  it('tell of a cancellation too', async () => {
    const { world, receiver } = await start({ events: ['delivery.cancelled'] });
    await world.cancel(await world.accept('delay=1h'));
    await expect.poll(() => receiver.received.length, SOON).toBe(1);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ type: 'delivery.cancelled' });
  });

  it('tell only what was asked for', async () => {
    const { world, receiver } = await start({ events: ['delivery.dead'] });
    await world.reaches(await world.accept(), 'sent');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(receiver.received).toEqual([]);
  });

  it('a receiver that says 410 is not told again', async () => {
    const { world, receiver } = await start();
    receiver.answers.push(410);
    await world.accept();
    await expect.poll(() => receiver.received.length, SOON).toBe(1);
    await expect.poll(() => world.gateway.logs.some((line) => line.includes('http-410')), SOON).toBe(true);
    // A try that is to be repeated stays in the outbox; in memory there is nothing to look into.
    if (redis) await expect.poll(() => redis?.dump().includes('evt_'), SOON).toBe(false);
    expect(receiver.received).toHaveLength(1);
  });

  it.each([
    ['a private address without allowPrivate', { allowPrivate: false }],
    ['a name that resolves to one', { allowPrivate: false, host: 'localhost' }],
  ])('%s is never connected to', async (_name, { host, ...target }: { host?: string; allowPrivate: boolean }) => {
    const canary = await startWebhookReceiver();
    onTestFinished(() => canary.close());
    const url = host === undefined ? canary.url : canary.url.replace('127.0.0.1', host);
    const { world } = await start({ ...target, url });
    await world.reaches(await world.accept(), 'sent');
    await expect.poll(() => world.gateway.logs.some((line) => line.includes('EADDRNOTALLOWED')), SOON).toBe(true);
    expect(canary.connections()).toBe(0);
  });
});

describe('outcome callbacks', () => {
  afterEach(() => vi.restoreAllMocks());

  it('are tried again with the same id and body until the receiver takes them', async () => {
    let ahead = 0;
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
    const receiver = await startWebhookReceiver();
    onTestFinished(() => receiver.close());
    const callbacks = [{ url: receiver.url, secret: SECRET, allowPrivate: true }];
    const world = await startDeliveryWorld({ settings: { callbacks } });
    receiver.answers.push(500, 503);
    await world.accept();
    await expect.poll(() => receiver.received.length, SOON).toBe(1);
    for (const tries of [2, 3]) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ahead += 40_000;
      await expect.poll(() => receiver.received.length, SOON).toBe(tries);
    }
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(receiver.received.every((webhook) => isAuthentic(webhook, SECRET))).toBe(true);
    ahead += 3_600_000;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(receiver.received).toHaveLength(3);
  });

  it('never go to a link-local address, whatever allowPrivate says', async () => {
    const callbacks = ['http://169.254.169.254/latest', 'http://[fe80::1]/', 'http://0.0.0.0:9/'].map((url) => ({
      url,
      secret: SECRET,
      allowPrivate: true,
    }));
    const world = await startDeliveryWorld({ settings: { callbacks } });
    await world.reaches(await world.accept(), 'sent');
    const refused = (): number => world.gateway.logs.filter((line) => line.includes('EADDRNOTALLOWED')).length;
    await expect.poll(refused, SOON).toBe(3);
  });
});

it('a receiver that hangs holds up nobody else', async () => {
  const good = await startWebhookReceiver();
  onTestFinished(() => good.close());
  const urls = [await startHungReceiver(), good.url];
  const callbacks = urls.map((url) => ({ url, secret: SECRET, allowPrivate: true }));
  const world = await startDeliveryWorld({ settings: { callbacks } });
  const ids = await Promise.all(Array.from({ length: 60 }, () => world.accept('delay=1h')));
  await Promise.all(ids.map((id) => world.cancel(id)));
  await expect.poll(() => good.received.length, SOON).toBe(60);
}, 40_000);

it('what finds its receiver busy for half a day is given up: it does not fill Redis', async () => {
  const setAhead = startClock();
  const { redis, client } = await startOwnRedis();
  const url = await startHungReceiver();
  const callbacks = [{ url, secret: SECRET, allowPrivate: true }];
  const world = await startDeliveryWorld({ settings: { 'redis.url': redis.url, callbacks } });
  const ids = await Promise.all(Array.from({ length: 25 }, () => world.accept('delay=1h')));
  await Promise.all(ids.map((id) => world.cancel(id)));
  const busy = async (): Promise<number> => {
    const events = await client.hvals('{mc}:callbacks:bodies');
    return events.filter((event) => (JSON.parse(event) as { busySince?: number }).busySince !== undefined).length;
  };
  await expect.poll(busy, SOON).toBe(5);
  setAhead(12 * 3_600_000);
  await age(client);
  await expect.poll(() => client.hlen('{mc}:callbacks:bodies'), SOON).toBe(20);
  expect(world.gateway.logs.some((line) => line.includes('a callback was given up'))).toBe(true);
}, 40_000);

it('a process that does not know a new receiver yet leaves its events to those that do', async () => {
  const redis = await startRedis();
  const receiver = await startWebhookReceiver();
  onTestFinished(() => receiver.close());
  onTestFinished(() => redis.close());
  const target = (url: string) => ({ url, secret: SECRET, allowPrivate: true });
  const settings = { 'redis.url': redis.url };
  const other = target('http://127.0.0.1:9/');
  const old = await startDeliveryWorld({ settings: { ...settings, callbacks: [other] } });
  const fresh = await startDeliveryWorld({
    settings: { ...settings, callbacks: [{ ...other, events: ['delivery.dead'] }, target(receiver.url)] },
  });
  const ids = await Promise.all(Array.from({ length: 20 }, () => fresh.accept('delay=1h')));
  await Promise.all(ids.map((id) => fresh.cancel(id)));
  // Both have looked by then.
  await new Promise((resolve) => setTimeout(resolve, 700));
  await old.gateway.close();
  await expect.poll(() => receiver.received.length, { timeout: 20_000, interval: 50 }).toBe(20);
}, 40_000);

describe('what waits for a receiver, when none is configured any more', () => {
  async function tries(client: Redis): Promise<number[]> {
    const events = await client.hvals('{mc}:callbacks:bodies');
    return events.map((event) => (JSON.parse(event) as { tries: number }).tries);
  }

  it('is put off like a failed try, and given up at the ninth', async () => {
    let ahead = 0;
    const setAhead = startClock();
    const { redis, client } = await startOwnRedis();
    const settings = { 'redis.url': redis.url };
    const callbacks = [{ url: 'http://127.0.0.1:9/', secret: SECRET, allowPrivate: true }];
    const before = await startDeliveryWorld({ settings: { ...settings, callbacks } });
    const ids = await Promise.all(Array.from({ length: 45 }, () => before.accept('delay=1h')));
    await Promise.all(ids.map((id) => before.cancel(id)));
    await before.gateway.close();
    expect(await tries(client)).toHaveLength(45);
    const { gateway } = await startDeliveryWorld({ settings });
    for (const failed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      await age(client);
      setAhead((ahead += 60_000));
      await expect.poll(async () => Math.min(...(await tries(client))), SOON).toBeGreaterThanOrEqual(failed);
    }
    await age(client);
    setAhead((ahead += 60_000));
    await expect.poll(() => client.exists('{mc}:callbacks', '{mc}:callbacks:bodies'), SOON).toBe(0);
    expect(gateway.logs.some((line) => line.includes('a callback was given up'))).toBe(true);
  }, 40_000);
});

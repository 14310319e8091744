import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { dingTalkWorld, NOTICE_CALL, startDingTalkWorld, tokensOf, type DingTalkWorld } from '../support/dingtalk.js';
import { call, startTestGateway, type TestAnswer } from '../support/gateway.js';
import { freePort, startRedis, type TestRedis } from '../support/redis.js';
import { within } from '../support/within.js';

function times<T>(count: number, action: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, action));
}

function failuresOf(answers: readonly TestAnswer[]): TestAnswer[] {
  return answers.filter(({ status }) => status !== 200);
}

async function millisecondsOf(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

describe('access tokens', () => {
  let redis: TestRedis;
  let platform: DingTalkSimulator;

  beforeAll(async () => {
    redis = await startRedis();
  });
  beforeEach(async () => {
    // Tokens belong to a platform's address, so a new platform has none in Redis.
    platform = await new DingTalkSimulator().start();
  });
  afterEach(() => platform.close());
  afterAll(() => redis.close());

  async function startReplica(redisUrl: string | undefined = redis.url): Promise<DingTalkWorld> {
    // Replicas and platform share this process, and the suite its cores: who waits long has not failed.
    const patience = { 'outbound.timeoutMs': 25_000 };
    const settings = redisUrl === undefined ? patience : { ...patience, 'redis.url': redisUrl };
    const gateway = await startTestGateway({ simulators: [platform], settings });
    onTestFinished(() => gateway.close());
    return dingTalkWorld(platform, gateway);
  }

  const redisState = async ({ url }: DingTalkWorld): Promise<unknown> => {
    const { body } = await call(`${url}/sys/status`);
    return (body as unknown as { redis: { tokens: unknown } }).redis.tokens;
  };

  describe('shared by replicas', () => {
    it('the second one takes what the first one fetched', async () => {
      const one = await startReplica();
      await one.notify();
      const two = await startReplica();
      expect((await two.notify()).status).toBe(200);
      expect(platform.tokenRequests()).toBe(1);
    });

    it('200 requests on two cold replicas ask once', async () => {
      platform.faults.always({ kind: 'delay', ms: 50 }, { path: '/gettoken' });
      const [one, two] = await Promise.all([startReplica(), startReplica()]);
      const answers = await Promise.all([times(100, () => one.notify()), times(100, () => two.notify())]);
      expect(failuresOf(answers.flat())).toEqual([]);
      expect(platform.tokenRequests()).toBe(1);
    });

    it('a revoked one is replaced once, for both', async () => {
      const [one, two] = await Promise.all([startReplica(), startReplica()]);
      await Promise.all([one.notify(), two.notify()]);
      platform.revokeTokens();
      const before = platform.tokenRequests();
      const answers = await Promise.all([times(50, () => one.notify()), times(50, () => two.notify())]);
      expect(failuresOf(answers.flat())).toEqual([]);
      expect(platform.tokenRequests() - before).toBe(1);
    });

    it('a replica that comes with an old one does not throw away the new one', async () => {
      const [one, two] = await Promise.all([startReplica(), startReplica()]);
      await Promise.all([one.notify(), two.notify()]);
      platform.revokeTokens();
      await one.notify();
      const before = platform.tokenRequests();
      expect((await two.notify()).status).toBe(200);
      expect((await one.notify()).status).toBe(200);
      expect(platform.tokenRequests()).toBe(before);
    });

    it('none of them is readable in Redis', async () => {
      const one = await startReplica();
      await one.notify();
      const dump = redis.dump();
      expect(dump).toContain('{mc}:token:');
      expect(tokensOf(platform)).toHaveLength(1);
      for (const token of tokensOf(platform)) {
        expect(dump).not.toContain(token);
        expect(dump).not.toContain(Buffer.from(token).toString('base64').slice(0, 20));
      }
    });
  });

  describe('while Redis is away', () => {
    it('at the start: memory serves, and Redis joins when it comes', async () => {
      const port = await freePort();
      const world = await startReplica(`redis://127.0.0.1:${port}/0`);
      expect((await world.notify()).status).toBe(200);
      expect(await redisState(world)).not.toBe('ready');
      expect((await call(`${world.url}/health/ready`)).body).toMatchObject({
        status: 'ok',
        details: { gateway: { degraded: ['redis'] } },
      });

      const late = await startRedis([], port);
      onTestFinished(() => late.close());
      await expect.poll(() => redisState(world), { timeout: 8_000 }).toBe('ready');
      platform.revokeTokens();
      expect((await world.notify()).status).toBe(200);
      expect(late.dump()).toContain('{mc}:token:');
    });

    it('killed during 200 sends: all arrive, and it is used again once it is back', async () => {
      const own = await startRedis();
      onTestFinished(() => own.close());
      const world = await startReplica(own.url);
      await world.notify();
      const first = times(100, () => world.notify());
      await own.kill();
      platform.revokeTokens();
      const second = times(100, () => world.notify());
      expect(failuresOf([...(await first), ...(await second)])).toEqual([]);
      expect(await redisState(world)).toBe('away');

      await own.restart();
      await expect.poll(() => redisState(world), { timeout: 8_000 }).toBe('ready');
      platform.revokeTokens();
      expect((await world.notify()).status).toBe(200);
      expect(own.dump()).toContain('{mc}:token:');
    });

    it('frozen: a send that needs a new token waits 400 ms longer at most, and it recovers', async () => {
      const own = await startRedis();
      onTestFinished(() => own.close());
      const world = await startReplica(own.url);
      await world.notify();
      own.freeze();
      const times = [];
      for (let n = 0; n < 5; n += 1) times.push(await millisecondsOf(() => world.notify()));
      expect(Math.min(...times)).toBeLessThan(300);

      platform.revokeTokens();
      let answer: TestAnswer | undefined;
      const waited = await millisecondsOf(async () => (answer = await world.notify()));
      expect(answer?.status).toBe(200);
      expect(waited).toBeLessThan(within(400));

      own.thaw();
      await expect.poll(() => redisState(world), { timeout: 8_000 }).toBe('ready');
      await expect
        .poll(async () => {
          platform.revokeTokens();
          await world.notify();
          return own.dump();
        })
        .toContain('{mc}:token:');
    });

    it.each(['frozen', 'killed'])('%s: the gateway stops all the same', async (how) => {
      const own = await startRedis();
      onTestFinished(() => own.close());
      const gateway = await startTestGateway({ simulators: [platform], settings: { 'redis.url': own.url } });
      if (how === 'frozen') own.freeze();
      else await own.kill();
      expect(await millisecondsOf(() => gateway.close())).toBeLessThan(within(6_000));
    });
  });

  describe('with wrong credentials', () => {
    it('are asked for once, and then not for a minute: 20 sends fail at once', async () => {
      platform.rejectCredentials(true);
      const { notify, url } = await startReplica();
      const answers = [...(await times(10, () => notify())), ...(await times(10, () => notify()))];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 502, body: { error: { kind: 'credentials', errcode: 40096 } } });
      }
      expect(platform.tokenRequests()).toBe(1);
      expect((await call(`${url}/sys/status`)).body).toMatchObject({ tokens: [{ lastError: 'credentials [40096]' }] });
    });
  });

  describe('that are refused although they are fresh', () => {
    const REFUSED = { kind: 'code', errcode: 40014, errmsg: '不合法的access_token' } as const;
    const refusal = { status: 502, body: { error: { kind: 'credentials', errcode: 40014 } } };

    it('are not asked for again with every message, which hears what the platform said of it', async () => {
      const { notify } = await startReplica();
      platform.faults.always(REFUSED, { path: NOTICE_CALL });
      for (let n = 0; n < 20; n += 1) expect(await notify()).toMatchObject(refusal);
      expect(platform.tokenRequests()).toBe(3);
      for (const answer of await times(100, () => notify())) expect(answer).toMatchObject(refusal);
      expect(platform.tokenRequests()).toBe(3);
    });

    it.each(['the same again', 'another one'])('nor by many at once, when the platform gives out %s', async (which) => {
      const others = which === 'another one' ? 20 : 0;
      for (let n = 0; n < others; n += 1) {
        const body = { errcode: 0, errmsg: 'ok', access_token: `token-${n}`.padEnd(32, 'x'), expires_in: 7200 };
        platform.faults.next({ kind: 'json', body }, { path: '/gettoken' });
      }
      platform.faults.always(REFUSED, { path: NOTICE_CALL });
      const { notify } = await startReplica();
      const answers = await times(100, async () => [await notify(), await notify()]);
      for (const answer of answers.flat()) expect(answer).toMatchObject(refusal);
      // Fewer where one that was refused comes back from Redis in the moment before it is removed there.
      expect(platform.tokenRequests()).toBeLessThanOrEqual(3);
    });

    it('serve at once when they work again', async () => {
      const { notify } = await startReplica();
      platform.faults.always(REFUSED, { path: NOTICE_CALL });
      for (let n = 0; n < 3; n += 1) await notify();
      const before = platform.tokenRequests();
      platform.faults.clear();
      expect(failuresOf(await times(10, () => notify()))).toEqual([]);
      expect(platform.tokenRequests()).toBe(before);
    });

    it('are replaced after a while, when only another one works', async () => {
      const { notify } = await startReplica();
      platform.faults.always(REFUSED, { path: NOTICE_CALL });
      for (let n = 0; n < 3; n += 1) await notify();
      platform.faults.clear();
      platform.revokeTokens();
      expect(await notify()).toMatchObject(refusal);
      await expect.poll(async () => (await notify()).status, { timeout: 15_000, interval: 200 }).toBe(200);
      expect(platform.tokenRequests()).toBe(4);
    }, 20_000);

    it('by one operation: the others get a new one at once when theirs is revoked', async () => {
      const { notify, newChat, sendToChat } = await startReplica();
      const chat = await newChat();
      platform.faults.always(REFUSED, { path: NOTICE_CALL });
      for (let n = 0; n < 5; n += 1) {
        expect(await notify()).toMatchObject(refusal);
        expect((await sendToChat(chat)).status).toBe(200);
      }
      expect(platform.tokenRequests()).toBe(3);
      platform.revokeTokens();
      expect((await sendToChat(chat)).status).toBe(200);
      expect(platform.tokenRequests()).toBe(4);
    });

    it('are none when they have worked: each revocation costs one token call, however soon it follows', async () => {
      const { notify } = await startReplica();
      await notify();
      for (let n = 1; n <= 4; n += 1) {
        platform.revokeTokens();
        expect(failuresOf(await times(50, () => notify()))).toEqual([]);
        expect(platform.tokenRequests()).toBe(1 + n);
      }
    });

    it('are none when the refusal comes late, and is that of the one before', async () => {
      const { notify } = await startReplica();
      await notify();
      platform.revokeTokens();
      platform.faults.next({ kind: 'delay', ms: 300 }, { path: NOTICE_CALL, times: 20 });
      const late = times(20, () => notify());
      await expect.poll(() => platform.faults.pending).toBe(0);
      expect((await notify()).status).toBe(200);
      expect(failuresOf(await late)).toEqual([]);
      expect(platform.tokenRequests()).toBe(2);
    });
  });

  it('tell their age in /sys/status, and nothing else', async () => {
    const { notify, url } = await startReplica();
    await notify();
    const { body, text } = await call(`${url}/sys/status`);
    expect(body).toMatchObject({
      tokens: [{ app: 'dingtalk/default', ageSeconds: expect.any(Number), fetches: 1, failures: 0, lastError: null }],
    });
    for (const token of tokensOf(platform)) expect(text).not.toContain(token);
  });

  it('are renewed before they expire, while sends go on with the old one', async () => {
    const world = await startDingTalkWorld({ dingtalk: { tokenLifeSeconds: 5 } });
    onTestFinished(() => world.close());
    await world.notify();
    // Renewed when a fifth of the life is left.
    await new Promise((resolve) => setTimeout(resolve, 4_100));
    world.platform.faults.next({ kind: 'delay', ms: 1_800 }, { path: '/gettoken' });
    expect(await millisecondsOf(() => world.notify())).toBeLessThan(1_500);
    await expect.poll(() => world.platform.tokenRequests()).toBe(2);
    expect(world.platform.faults.pending).toBe(0);
  });
});

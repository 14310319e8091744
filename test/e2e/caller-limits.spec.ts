import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aKey, bearer } from '../support/api-keys.js';
import { call, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const TESTS = '127.0.0.1';

async function ownGateway(settings: Readonly<Record<string, unknown>>): Promise<TestGateway> {
  const gateway = await startTestGateway({ settings });
  onTestFinished(() => gateway.close());
  return gateway;
}

async function ownRedis(): Promise<TestRedis> {
  const redis = await startRedis();
  onTestFinished(() => redis.close());
  return redis;
}

function check({ url }: TestGateway, headers: Record<string, string> = {}): Promise<TestAnswer> {
  return call(`${url}/sys/check`, { headers });
}

/** Statuses of so many requests, one after the other. */
async function statuses(count: number, ask: (turn: number) => Promise<TestAnswer>): Promise<number[]> {
  const seen: number[] = [];
  for (let turn = 0; turn < count; turn += 1) seen.push((await ask(turn)).status);
  return seen;
}

/** Scripts that Redis has run so far. */
async function scriptCalls(client: Redis): Promise<number> {
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await client.info('commandstats'))?.[1] ?? 0);
}

/** Windows of an hour: none ends within a test but once in a thousand, and then the window before still counts. */
const THREE = { requests: 3, seconds: 3_600 };

const THREE_IN_TWO_SECONDS = { requests: 3, seconds: 2 };

describe('a caller that asks too often', () => {
  it('is told where it stands with every answer', async () => {
    const gateway = await ownGateway({ 'limits.caller': THREE });
    const { headers } = await check(gateway);
    expect(headers.get('ratelimit-policy')).toBe('"caller";q=3;w=3600');
    expect(headers.get('ratelimit')).toMatch(/^"caller";r=2;t=\d+$/);
    expect((await check(gateway)).headers.get('ratelimit')).toMatch(/^"caller";r=1;/);
  });

  it('gets 429 in the envelope, with Retry-After in header and body', async () => {
    const gateway = await ownGateway({ 'limits.caller': THREE });
    expect(await statuses(3, () => call(`${gateway.url}/v1/providers`))).toEqual([200, 200, 200]);
    const refused = await call(`${gateway.url}/v1/providers`);
    expect(refused).toMatchObject({ status: 429, body: { ok: 0, error: { kind: 'throttled', retryable: true } } });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(refused.body.error?.retryAfter).toBe(seconds);
    expect(refused.headers.get('ratelimit')).toBe(`"caller";r=0;t=${seconds}`);
  });

  it('has room again in the next window', async () => {
    const gateway = await ownGateway({ 'limits.caller': { requests: 2, seconds: 1 } });
    await expect
      .poll(async () => (await statuses(3, () => check(gateway))).at(-1), { timeout: 5_000, interval: 10 })
      .toBe(429);
    await expect.poll(async () => (await check(gateway)).status, { timeout: 5_000, interval: 100 }).toBe(200);
  });

  it('is one key: the others do not notice', async () => {
    const [busy, calm] = [aKey('busy', { limit: THREE }), aKey('calm')];
    const gateway = await ownGateway({ 'access.apiKeys': [busy.entry, calm.entry] });
    expect(await statuses(4, () => check(gateway, bearer(busy.key).headers))).toEqual([200, 200, 200, 429]);
    const other = await check(gateway, bearer(calm.key).headers);
    expect(other).toMatchObject({ status: 200 });
    expect(other.headers.get('ratelimit-policy')).toBe('"caller";q=600000;w=60');
  });

  it('is one entry of the allow-list, all its addresses together', async () => {
    const gateway = await ownGateway({
      'server.trustProxy': [TESTS],
      'access.allow': [{ cidr: '10.0.0.0/8', limit: THREE }, '192.0.2.1'],
    });
    const from = (address: string): Promise<TestAnswer> => check(gateway, { 'X-Forwarded-For': address });
    expect(await statuses(4, (turn) => from(`10.0.0.${turn}`))).toEqual([200, 200, 200, 429]);
    expect((await from('192.0.2.1')).status).toBe(200);
  });

  it('is neither limited in probes nor in metrics', async () => {
    const gateway = await ownGateway({ 'limits.caller': { requests: 1, seconds: 3_600 } });
    await statuses(2, () => check(gateway));
    const paths = ['/health/live', '/health/ready', '/heartbeat', '/ping', '/metrics'];
    const answers = await Promise.all(paths.map((path) => call(gateway.url + path)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
  });

  it('is counted before its body is read', async () => {
    const gateway = await ownGateway({ 'limits.caller': { requests: 1, seconds: 3_600 } });
    await check(gateway);
    const body = JSON.stringify({ padding: 'x'.repeat(300_000) });
    expect((await call(`${gateway.url}/v1/dd/chat/send`, { method: 'POST', body })).status).toBe(429);
  });
});

describe.each(['memory', 'redis'] as const)('who waits as told, counted in %s', (kind) => {
  it.each([{ requests: 1, seconds: 1 }, THREE_IN_TWO_SECONDS])('is let in: %o', async (limit) => {
    const redis = kind === 'redis' ? { 'redis.url': (await ownRedis()).url } : {};
    const gateway = await ownGateway({ 'limits.caller': limit, ...redis });
    for (let round = 0; round < 2; round += 1) {
      let answer = await check(gateway);
      expect(answer.status).toBe(200);
      while (answer.status === 200) answer = await check(gateway);
      expect(answer.status).toBe(429);
      const told = Number(answer.headers.get('retry-after'));
      expect(answer.headers.get('ratelimit')).toBe(`"caller";r=0;t=${told}`);
      await new Promise((resolve) => setTimeout(resolve, told * 1_000 + 5));
    }
  });
});

describe('with Redis', () => {
  it('two gateways count together', async () => {
    const redis = await ownRedis();
    const busy = aKey('busy', { limit: { requests: 10, seconds: 3_600 } });
    const settings = { 'redis.url': redis.url, 'access.apiKeys': [busy.entry] };
    const gateways = [await ownGateway(settings), await ownGateway(settings)];
    const seen = await statuses(14, (turn) => check(gateways[turn % 2] as TestGateway, bearer(busy.key).headers));
    expect(seen).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429, 429, 429]);
  });

  it('two gateways that are busy let no more through than the limit, and nearly all of it', async () => {
    const redis = await ownRedis();
    const busy = aKey('busy', { limit: { requests: 400, seconds: 3_600 } });
    const settings = { 'redis.url': redis.url, 'access.apiKeys': [busy.entry] };
    const gateways = [await ownGateway(settings), await ownGateway(settings)];
    const answers: TestAnswer[] = [];
    for (let round = 0; round < 13; round += 1) {
      const asked = gateways.flatMap((gateway) =>
        Array.from({ length: 20 }, () => check(gateway, bearer(busy.key).headers)),
      );
      answers.push(...(await Promise.all(asked)));
    }
    const passed = answers.filter(({ status }) => status === 200);
    expect(passed.length).toBeLessThanOrEqual(400);
    // What one of them holds when the other one finds no room is little: it is at most a sixteenth of what is left.
    expect(passed.length).toBeGreaterThan(390);
    expect(answers.at(-1)?.status).toBe(429);
  });

  it('a busy caller is not counted one by one, and is told truly what is left', async () => {
    const redis = await ownRedis();
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    const gateway = await ownGateway({ 'redis.url': redis.url });
    const before = await scriptCalls(client);
    let last: TestAnswer | undefined;
    for (let turn = 0; turn < 200; turn += 1) last = await check(gateway);
    expect((await scriptCalls(client)) - before).toBeLessThan(50);
    const left = Number(/r=(\d+)/.exec(last?.headers.get('ratelimit') ?? '')?.[1]);
    expect(600_000 - left).toBe(200);
  });

  it('requests of many at once are counted together, each for its own caller', async () => {
    const redis = await ownRedis();
    const [few, many] = [aKey('few', { limit: THREE }), aKey('many', { limit: { requests: 7, seconds: 3_600 } })];
    const gateway = await ownGateway({ 'redis.url': redis.url, 'access.apiKeys': [few.entry, many.entry] });
    const burst = (key: string) => Promise.all(Array.from({ length: 20 }, () => check(gateway, bearer(key).headers)));
    const [ofFew, ofMany] = await Promise.all([burst(few.key), burst(many.key)]);
    const leftOf = (answers: readonly TestAnswer[]): string[] =>
      answers
        .filter(({ status }) => status === 200)
        .map(({ headers }) => /r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1] ?? '')
        .toSorted();
    expect(leftOf(ofFew)).toEqual(['0', '1', '2']);
    expect(leftOf(ofMany)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    expect(new Set([...ofFew, ...ofMany].map(({ status }) => status))).toEqual(new Set([200, 429]));
  });

  it('that answers no more: memory decides within 150 ms, and at once from then on', async () => {
    const redis = await ownRedis();
    const gateway = await ownGateway({ 'redis.url': redis.url, 'limits.caller': THREE });
    await check(gateway);

    redis.freeze();
    onTestFinished(() => redis.thaw());
    const times: number[] = [];
    const seen = await statuses(5, async () => {
      const started = performance.now();
      const answer = await check(gateway);
      times.push(performance.now() - started);
      return answer;
    });

    expect(seen).toEqual([200, 200, 200, 429, 429]);
    expect(times[0]).toBeLessThan(1_000);
    expect(Math.min(...times.slice(1))).toBeLessThan(50);
  });

  it('that goes away: nobody is locked out', async () => {
    const redis = await ownRedis();
    const gateway = await ownGateway({ 'redis.url': redis.url });
    await redis.kill();
    onTestFinished(() => redis.restart());
    expect(await statuses(3, () => check(gateway))).toEqual([200, 200, 200]);
  });
});

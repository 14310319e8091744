import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { aWeComText, WECOM } from '../support/delivery-world.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';
import { startRedis, versionOf, type TestRedis } from '../support/redis.js';
import { within } from '../support/within.js';

async function redisWith(...args: string[]): Promise<TestRedis> {
  const redis = await startRedis(args);
  onTestFinished(() => redis.close());
  return redis;
}

interface World {
  readonly gateway: TestGateway;
  readonly platform: WeComSimulator;
}

async function startWith(redis: TestRedis, durability: string): Promise<World> {
  const platform = await new WeComSimulator().start();
  onTestFinished(() => platform.close());
  const settings = { 'redis.url': redis.url, 'delivery.durability': durability };
  const gateway = await startTestGateway({ simulators: [platform], settings });
  onTestFinished(() => gateway.close());
  return { gateway, platform };
}

const send = ({ gateway }: World, headers = {}): Promise<TestAnswer> =>
  post(`${gateway.url}${WECOM}?async=true`, aWeComText({ text: { content: 'one' } }), { headers });

/** Sends what nobody confirms; gives back the id of the delivery that may have been accepted. */
async function refusedInTime(world: World, headers: Record<string, string>): Promise<string> {
  const asked = performance.now();
  const refused = await send(world, headers);
  expect(performance.now() - asked).toBeLessThan(within(2_000));
  expect(refused).toMatchObject({ status: 503, body: { error: { kind: 'unavailable', retryAfter: 2 } } });
  const { id } = refused.body.data as { id: string };
  expect(id).toMatch(/^dlv_/);
  return id;
}

async function worthOf({ gateway }: World): Promise<unknown> {
  const { body } = await call(`${gateway.url}/sys/status`);
  return (body as unknown as { deliveries: { worth: unknown } }).deliveries.worth;
}

describe('delivery.durability', () => {
  it(
    'replica: 202 when a replica has it, 503 within two seconds when none says so, and 202 when it is back',
    { timeout: 60_000 },
    async () => {
      const primary = await redisWith('--appendonly', 'yes', '--repl-diskless-sync-delay', '0');
      const replica = await redisWith('--replicaof', '127.0.0.1', String(primary.port));
      const world = await startWith(primary, 'replica');
      await expect
        .poll(() => worthOf(world), { timeout: 15_000 })
        .toMatchObject({ durability: 'replica', replicas: 1 });
      await expect.poll(async () => (await send(world)).status, { timeout: 10_000 }).toBe(202);
      expect(await worthOf(world)).toMatchObject({ warnings: [] });

      await replica.kill();
      const headers = { 'Idempotency-Key': 'order-1' };
      const id = await refusedInTime(world, headers);
      expect(await worthOf(world)).toMatchObject({
        replicas: 0,
        warnings: [expect.stringContaining('no replica is connected')],
      });

      await replica.restart();
      await expect.poll(() => worthOf(world), { timeout: 20_000 }).toMatchObject({ replicas: 1, warnings: [] });
      // The same key: it is the delivery that nobody confirmed.
      let again = await send(world, headers);
      for (let tries = 0; again.status !== 202 && tries < 50; tries += 1) {
        await sleep(100);
        again = await send(world, headers);
      }
      expect(again.body.data).toMatchObject({ id });
    },
  );

  it('replica without any: the start says that nothing can be accepted', async () => {
    const { gateway } = await startWith(await redisWith('--appendonly', 'yes'), 'replica');
    expect(gateway.logs.join('\n')).toContain('no replica is connected: nothing can be accepted');
  });

  it('disk: a Redis without WAITAOF is refused at the start, and told what would do', async (test) => {
    if (hasWaitAof('redis-server')) test.skip('redis-server here has WAITAOF');
    const starting = startWith(await redisWith('--appendonly', 'yes'), 'disk');
    await expect(starting).rejects.toThrow(
      'delivery.durability is disk: this Redis has no WAITAOF (7.2), set appendfsync always instead',
    );
  });

  it('disk: an AOF that is written through is told as what a 202 is worth', async () => {
    const world = await startWith(await redisWith('--appendonly', 'yes', '--appendfsync', 'always'), 'disk');
    expect((await send(world)).status).toBe(202);
    expect(await worthOf(world)).toMatchObject({ durability: 'disk', appendfsync: 'always', warnings: [] });
  });
});

/** Names under which a server may be on PATH; .ci/run adds the second and the third. */
const SERVERS = ['redis-server', 'redis8-server', 'valkey-server'];
const WITH_WAITAOF = SERVERS.filter(hasWaitAof);
if (WITH_WAITAOF.length === 0)
  process.stdout.write(`WAITAOF is not tested here: no server on PATH is 7.2 or newer (${SERVERS.join(', ')})\n`);

describe.each(WITH_WAITAOF)('delivery.durability: disk, by WAITAOF of %s', { timeout: 60_000 }, (program) => {
  it('202 only when it is on the disk; 503 with the id within two seconds when it is not', async () => {
    const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'everysec'], undefined, program);
    onTestFinished(() => redis.close());
    const world = await startWith(redis, 'disk').catch((error: Error) => error);
    if (world instanceof Error) {
      // What some versions confirm is not on the disk yet: better no promise than that one.
      expect(world.message).toMatch(
        /^delivery\.durability is disk: WAITAOF of this server confirms what is not on the disk/,
      );
      expect(await confirmsWithoutDisk(redis)).toBe(true);
      process.stdout.write(
        `WAITAOF is refused here: that of ${program} ${versionOf(program)} does not wait for the disk\n`,
      );
      return;
    }
    expect(await confirmsWithoutDisk(redis)).toBe(false);
    expect(await worthOf(world)).toMatchObject({ durability: 'disk', appendfsync: 'everysec', warnings: [] });

    // Redis asks the disk once a second: each has to wait for the next time.
    const answered: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      expect((await send(world)).status).toBe(202);
      answered.push(performance.now());
    }
    expect(Number(answered[2]) - Number(answered[0])).toBeGreaterThan(1_500);

    // Whoever comes while others wait does not wait for a second second.
    const many = Array.from({ length: 60 }, async (_, n) => {
      await sleep(n * 20);
      const asked = performance.now();
      return { status: (await send(world)).status, inTime: performance.now() - asked < 1_900 };
    });
    expect(new Set((await Promise.all(many)).map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 202, inTime: true })]),
    );

    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    await client.config('SET', 'appendfsync', 'no');
    const headers = { 'Idempotency-Key': 'order-1' };
    const id = await refusedInTime(world, headers);

    await client.config('SET', 'appendfsync', 'everysec');
    await sleep(2_000);
    const again = await send(world, headers);
    expect(again).toMatchObject({ status: 202, body: { data: { id } } });
  });
});

/** From 7.2 on, under either name. */
function hasWaitAof(program: string): boolean {
  const [major = 0, minor = 0] = versionOf(program)?.split('.').map(Number) ?? [];
  return major > 7 || (major === 7 && minor >= 2);
}

/** Does WAITAOF confirm ten writes, one after another, sooner than the disk is asked twice? */
async function confirmsWithoutDisk({ url }: TestRedis): Promise<boolean> {
  const client = new Redis(url);
  try {
    await client.ping();
    const began = performance.now();
    for (let n = 0; n < 10; n += 1) {
      await client.set('probe', n);
      if (((await client.call('WAITAOF', 1, 0, 500)) as number[])[0] === 0) return false;
    }
    return performance.now() - began < 1_000;
  } finally {
    client.disconnect();
  }
}

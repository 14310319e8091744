import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { aWeComText, WECOM } from '../support/delivery-world.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';

async function redisWith(...args: string[]): Promise<TestRedis> {
  const redis = await startRedis(args);
  onTestFinished(() => redis.close());
  return redis;
}

interface World {
  readonly gateway: TestGateway;
  readonly platform: WeComSimulator;
}

async function start(redis: TestRedis, durability: string): Promise<World> {
  const platform = await new WeComSimulator().start();
  onTestFinished(() => platform.close());
  const settings = { 'redis.url': redis.url, 'delivery.durability': durability };
  const gateway = await startTestGateway({ simulators: [platform], settings });
  onTestFinished(() => gateway.close());
  return { gateway, platform };
}

const send = ({ gateway }: World, headers = {}): Promise<TestAnswer> =>
  post(`${gateway.url}${WECOM}?async=true`, aWeComText({ text: { content: 'one' } }), { headers });

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
      const world = await start(primary, 'replica');
      await expect
        .poll(() => worthOf(world), { timeout: 15_000 })
        .toMatchObject({ durability: 'replica', replicas: 1 });
      await expect.poll(async () => (await send(world)).status, { timeout: 10_000 }).toBe(202);
      expect(await worthOf(world)).toMatchObject({ warnings: [] });

      await replica.kill();
      const headers = { 'Idempotency-Key': 'order-1' };
      const asked = performance.now();
      const refused = await send(world, headers);
      expect(performance.now() - asked).toBeLessThan(2_500);
      expect(refused).toMatchObject({ status: 503, body: { error: { kind: 'unavailable', retryAfter: 2 } } });
      expect((refused.body.data as { id: string }).id).toMatch(/^dlv_/);
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
      expect(again.body.data).toMatchObject({ id: (refused.body.data as { id: string }).id });
    },
  );

  it('replica without any: the start says that nothing can be accepted', async () => {
    const { gateway } = await start(await redisWith('--appendonly', 'yes'), 'replica');
    expect(gateway.logs.join('\n')).toContain('no replica is connected: nothing can be accepted');
  });

  it('disk: WAITAOF where Redis has it; else the start is refused and says what would do', async () => {
    const redis = await redisWith('--appendonly', 'yes');
    const world = start(redis, 'disk').then(async (started) => (await send(started)).status);
    await expect(world.catch((error: Error) => error.message)).resolves.toSatisfy(
      (outcome) =>
        outcome === 202 ||
        outcome === 'delivery.durability is disk: this Redis has no WAITAOF (7.2), set appendfsync always instead',
    );
  });

  it('disk: an AOF that is written through is told as what a 202 is worth', async () => {
    const world = await start(await redisWith('--appendonly', 'yes', '--appendfsync', 'always'), 'disk');
    expect((await send(world)).status).toBe(202);
    expect(await worthOf(world)).toMatchObject({ durability: 'disk', appendfsync: 'always', warnings: [] });
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisDeliveryStore } from '../../src/delivery/redis/redis-delivery-store.js';
import { createLogger } from '../../src/logging/logger.js';
import { Redactor } from '../../src/logging/redactor.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { RedisConnection } from '../../src/redis/redis.connection.js';
import { anOrder } from '../support/deliveries.js';
import { aNotice } from '../support/dingtalk.js';
import { post, startTestGateway } from '../support/gateway.js';
import { startRedis } from '../support/redis.js';
import { within } from '../support/within.js';

async function aStore() {
  const redis = await startRedis();
  const connection = new RedisConnection(redis.url, createLogger('silent', new Redactor()).logger);
  await connection.connect();
  const store = new RedisDeliveryStore(connection, { retention: { recordMs: 1e6, bodyMs: 1e6 } });
  onTestFinished(async () => {
    redis.thaw();
    await store.close();
    await connection.close();
    await redis.close();
  });
  return { redis, store };
}

/** Asks for an attempt while Redis pauses for so long. Comes to nothing, and the delivery is as it was. */
async function expectNoAttempt({ redis, store }: Awaited<ReturnType<typeof aStore>>, pauseMs: number): Promise<void> {
  const { id } = await store.accept(anOrder({ onUnknown: 'park' }));
  redis.freeze();
  const asked = store.begin(id, 'w', 1_000).catch((error: unknown) => error);
  await sleep(pauseMs);
  redis.thaw();
  expect(await asked).toBeInstanceOf(Error);
  expect((await store.get(id))?.state).toBe('accepted');
}

describe('an attempt is not begun so late that nobody waits for it any more', () => {
  it('when Redis paused for longer than a command is waited for', async () => {
    const world = await aStore();
    const { store } = world;
    await store.begin((await store.accept(anOrder())).id, 'w', 1_000);
    await expectNoAttempt(world, 1_650);
  });

  it('and a slow answer before does not make it later', async () => {
    const world = await aStore();
    const { redis, store } = world;
    const warm = await store.accept(anOrder());
    redis.freeze();
    const slow = store.begin(warm.id, 'w', 60_000).catch((error: unknown) => error);
    await sleep(1_350);
    redis.thaw();
    await slow;
    await expectNoAttempt(world, 2_900);
  });
});

it('a gateway that starts beside a silent Redis serves what it can', async () => {
  const platform = await new DingTalkSimulator().start();
  const redis = await startRedis();
  redis.freeze();
  const started = performance.now();
  const gateway = await startTestGateway({ simulators: [platform], settings: { 'redis.url': redis.url } });
  onTestFinished(async () => {
    redis.thaw();
    await gateway.close();
    await redis.close();
    await platform.close();
  });
  // Two connections of which each is waited for a while.
  expect(performance.now() - started).toBeLessThan(within(12_000));
  expect((await post(`${gateway.url}/v1/dd/topapi/message`, aNotice())).status).toBe(200);
}, 40_000);

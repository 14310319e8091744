import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOTICE_CALL, startDingTalkWorld, type DingTalkWorldOptions } from '../support/dingtalk.js';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.js';
import { within } from '../support/within.js';

/** A test need not wait two minutes. */
const STILLNESS = { least: 400, beyond: 200 };
const SHORT = { 'outbound.timeoutMs': 200, 'outbound.uploadTimeoutMs': 200 };

/** No platform is asked. */
const NOBODY = 'http://127.0.0.1:9';

const REQUEST = 'GET /docs-json HTTP/1.1\r\nHost: gateway\r\n\r\n';
/** Their answers are larger than what two systems keep for a connection. */
const MANY = 100;
const FEW = 15;

async function connected({ url }: TestGateway): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  // That it is reset while answers wait in it is what is asked for.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function started(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startTestGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

function connectionsOf({ app }: TestGateway): Promise<number> {
  const server: Server = app.getHttpServer();
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

describe('a connection on which nothing moves', () => {
  it('is closed when the caller reads no answer', async () => {
    const gateway = await started({ settings: SHORT, stillness: STILLNESS });
    const socket = (await connected(gateway)).pause();
    socket.write(REQUEST.repeat(MANY));
    await sleep(100);
    expect(await connectionsOf(gateway)).toBe(1);
    await expect.poll(() => connectionsOf(gateway), { timeout: within(3_000) }).toBe(0);
  });

  it('stays while the caller reads slowly, and everything arrives', async () => {
    const gateway = await started({ settings: SHORT, stillness: STILLNESS });
    const socket = await connected(gateway);
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      socket.pause();
      setTimeout(() => socket.resume(), 15);
    });
    const begun = performance.now();
    socket.write(REQUEST.repeat(FEW));
    await expect.poll(() => received.split('HTTP/1.1 200 OK').length - 1, { timeout: 20_000 }).toBe(FEW);
    // Otherwise nothing was shown.
    expect(performance.now() - begun).toBeGreaterThan(2 * STILLNESS.least);
  }, 30_000);

  it('stays while a platform is waited for, as long as the deadline of the app', async () => {
    const options: DingTalkWorldOptions = { settings: { 'outbound.timeoutMs': 10_000 }, stillness: STILLNESS };
    const world = await startDingTalkWorld(options);
    onTestFinished(() => world.close());
    world.platform.faults.next({ kind: 'delay', ms: 4 * STILLNESS.least }, { path: NOTICE_CALL });
    expect((await world.notify()).status).toBe(200);
  });

  it('is closed after two minutes, or half a minute after the longest deadline', async () => {
    const stillTime = async (settings: Readonly<Record<string, unknown>>): Promise<number> =>
      (await started({ settings })).app.getHttpServer().timeout;
    expect(await stillTime({})).toBe(120_000);
    expect(await stillTime({ 'outbound.timeoutMs': 120_000 })).toBe(150_000);
    expect(await stillTime({ 'outbound.uploadTimeoutMs': 600_000 })).toBe(630_000);
    const apps = { slow: { appKey: 'ding0', appSecret: 'of-nobody', agentId: 1, timeoutMs: 110_000 } };
    expect(await stillTime({ 'providers.dingtalk.apps': apps, 'providers.dingtalk.baseUrl': NOBODY })).toBe(140_000);
  });
});

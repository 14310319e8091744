import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { KEYS_LAST_USED } from '../../src/inbound/key-status.keys.js';
import { aKey, bearer, type TestKey } from '../support/api-keys.js';
import { runCommand } from '../support/command.js';
import { call, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { within } from '../support/within.js';

/** A configuration file with these keys, and whatever else. */
function configFile(keys: readonly TestKey[], more: Readonly<Record<string, unknown>> = {}): string {
  const file = join(mkdtempSync(join(tmpdir(), 'message-center-keys-')), 'message-center.yaml');
  writeFileSync(file, stringify({ access: { apiKeys: keys.map(({ entry }) => entry) }, ...more }), { mode: 0o600 });
  return file;
}

async function ownGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startTestGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

async function ownRedis(): Promise<TestRedis> {
  const redis = await startRedis();
  onTestFinished(() => redis.close());
  return redis;
}

async function revoke(id: string, file: string): Promise<void> {
  const { code, stderr } = await runCommand(['keys', 'revoke', id, '-c', file], { cwd: tmpdir() });
  expect(code, stderr).toBe(0);
}

async function status({ url }: TestGateway, { key }: TestKey): Promise<number> {
  return (await call(`${url}/sys/check`, bearer(key))).status;
}

/** Milliseconds until every gateway refuses the key. */
async function untilRefused(gateways: readonly TestGateway[], key: TestKey): Promise<number> {
  const started = performance.now();
  const refused = async (gateway: TestGateway): Promise<void> => {
    // Few enough that the asking itself is not mistaken for guessing.
    await expect.poll(() => status(gateway, key), { timeout: 10_000, interval: 50 }).toBe(401);
  };
  await Promise.all(gateways.map(refused));
  return performance.now() - started;
}

describe('keys revoke', () => {
  it('in the file: refused within 2 s, while the others go on', async () => {
    const [leaked, other] = [aKey('leaked'), aKey('other')];
    const file = configFile([leaked, other]);
    const gateway = await ownGateway({ file });
    expect(await status(gateway, leaked)).toBe(200);

    await revoke('leaked', file);

    expect(await untilRefused([gateway], leaked)).toBeLessThan(within(2_000));
    expect(await status(gateway, other)).toBe(200);
  });

  it('in Redis: refused by every gateway within 5 s, though none of them reads that file', async () => {
    const redis = await ownRedis();
    const leaked = aKey('leaked');
    const settings = { 'redis.url': redis.url, 'access.apiKeys': [leaked.entry] };
    const gateways = [await ownGateway({ settings }), await ownGateway({ settings })];
    for (const gateway of gateways) expect(await status(gateway, leaked)).toBe(200);

    await revoke('leaked', configFile([leaked], { redis: { url: redis.url } }));

    expect(await untilRefused(gateways, leaked)).toBeLessThan(within(5_000));
  });

  it('stays in force while Redis is away', async () => {
    const redis = await ownRedis();
    const [leaked, other] = [aKey('leaked'), aKey('other')];
    const gateway = await ownGateway({
      settings: { 'redis.url': redis.url, 'access.apiKeys': [leaked.entry, other.entry] },
    });
    await revoke('leaked', configFile([leaked], { redis: { url: redis.url } }));
    await untilRefused([gateway], leaked);

    await redis.kill();

    expect([await status(gateway, leaked), await status(gateway, other)]).toEqual([401, 200]);
  });

  it('without Redis to be reached: says so, and changes nothing', async () => {
    const leaked = aKey('leaked');
    const file = configFile([leaked], { redis: { url: 'redis://127.0.0.1:1' } });
    const end = await runCommand(['keys', 'revoke', 'leaked', '-c', file], { cwd: tmpdir() });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('nothing was changed');
  });
});

it('the last use of a key is noted in Redis, by name alone, and listed', async () => {
  const redis = await ownRedis();
  const billing = aKey('billing');
  const gateway = await ownGateway({ settings: { 'redis.url': redis.url, 'access.apiKeys': [billing.entry] } });
  await status(gateway, billing);
  await expect.poll(() => redis.dump()).toContain(`${KEYS_LAST_USED} = ["billing"`);

  const file = configFile([billing], { redis: { url: redis.url } });
  const { stdout } = await runCommand(['keys', 'list', '-c', file], { cwd: tmpdir() });
  expect(stdout).toMatch(/^billing {2}live .*lastUsed=20\d\d-/);
  expect(redis.dump() + stdout).not.toContain(billing.key);
});

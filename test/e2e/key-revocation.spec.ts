import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { KEYS_LAST_USED } from '../../src/inbound/key-status.keys.js';
import { aKey, bearer, type TestKey } from '../support/api-keys.js';
import { runCommand, type CommandEnd } from '../support/command.js';
import { call, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { within } from '../support/within.js';

/** A Redis that nobody reaches. */
const AWAY = 'redis://127.0.0.1:1';

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

/** Runs `keys …` on a configuration file. */
function keys(
  action: string,
  id: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandEnd> {
  return runCommand(['keys', action, ...(id === '' ? [] : [id]), '-c', file], { cwd: tmpdir(), env });
}

async function revoke(id: string, file: string): Promise<void> {
  const { code, stderr } = await keys('revoke', id, file);
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

  it('without Redis to be reached: revokes in the file, and says that it is half of it', async () => {
    const [leaked, other] = [aKey('leaked'), aKey('other')];
    const file = configFile([leaked, other], { redis: { url: AWAY } });
    const gateway = await ownGateway({ file });
    expect(await status(gateway, leaked)).toBe(200);

    const end = await keys('revoke', 'leaked', file);

    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/revoked only in part\. Done: \S+\.yaml.*Failed: Redis \(connect ECONNREFUSED/);
    await untilRefused([gateway], leaked);
    expect(await status(gateway, other)).toBe(200);
  });

  it('with Redis full: revokes in the file, and says why Redis did not take it', async () => {
    const redis = await ownRedis();
    execFileSync('redis-cli', ['-p', String(redis.port), 'CONFIG', 'SET', 'maxmemory', '1']);
    const leaked = aKey('leaked');
    const file = configFile([leaked], { redis: { url: redis.url } });
    const end = await keys('revoke', 'leaked', file);
    expect(end).toMatchObject({ code: 1, stderr: expect.stringMatching(/Done: \S+\.yaml.*Failed: Redis \(OOM /) });
    expect(readFileSync(file, 'utf8')).toContain('revoked: true');
  });

  it('a file that cannot be changed does not keep the key alive in Redis', async () => {
    const redis = await ownRedis();
    const leaked = aKey('leaked');
    const file = configFile([leaked], { redis: { url: redis.url } });
    // No draft can have a longer name than this.
    const long = join(dirname(file), `${'x'.repeat(250)}.yaml`);
    renameSync(file, long);
    const end = await keys('revoke', 'leaked', long);
    expect(end).toMatchObject({ code: 1, stderr: expect.stringMatching(/Done: Redis.*Failed: \S+ \(ENAMETOOLONG/) });
    expect(redis.dump()).toContain('leaked');
  });

  it.each([
    ['not in the file', []],
    ['in the file, whose keys a variable replaces', [aKey('leaked')]],
  ])('without Redis to be reached, for a key %s: says so, and changes nothing', async (_where, inFile) => {
    const file = configFile(inFile, { redis: { url: AWAY } });
    const before = readFileSync(file, 'utf8');
    const env = { MSG_API_KEYS: JSON.stringify([aKey('leaked').entry]) };
    const end = await keys('revoke', 'leaked', file, env);
    expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('the id of a revoked key', () => {
  it('gets no new secret and no second key, wherever it was revoked', async () => {
    const redis = await ownRedis();
    const leaked = aKey('leaked');
    const file = configFile([leaked], { redis: { url: redis.url } });
    await revoke('leaked', file);
    const marked = readFileSync(file, 'utf8');
    const onlyInRedis = configFile([leaked], { redis: { url: redis.url } });
    const onlyInFile = configFile([aKey('leaked', { revoked: true })]);

    for (const each of [file, onlyInRedis, onlyInFile]) {
      const rotated = await keys('rotate', 'leaked', each);
      expect(rotated).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('leaked is revoked') });
    }
    for (const each of [file, onlyInFile, configFile([], { redis: { url: redis.url } })]) {
      const created = await keys('create', 'leaked', each);
      expect(created).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('take another id') });
    }
    expect(readFileSync(file, 'utf8')).toBe(marked);
  });
});

it('keys list, create and rotate go on without Redis, with a warning', async () => {
  const file = configFile([aKey('billing')], { redis: { url: AWAY } });
  const warning = expect.stringMatching(/^warning: Redis cannot be asked \(connect ECONNREFUSED/);
  const listed = await keys('list', '', file);
  expect(listed).toMatchObject({ code: 0, stderr: warning });
  expect(listed.stdout).toMatch(/^billing {2}live .*lastUsed=unknown$/m);
  expect(await keys('rotate', 'billing', file)).toMatchObject({ code: 0, stderr: warning });
  expect(await keys('create', 'erp', file)).toMatchObject({ code: 0, stderr: warning });
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

import { execFileSync } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { NOTICE, startDeliveryWorld } from '../support/delivery-world.js';
import { startRedis, versionOf } from '../support/redis.js';

/** The user of docs/security.md: everything but the dangerous commands, except what Bull needs of them. */
const RULES = ['on', '>secret-of-redis', '~*', '+@all', '-@dangerous', '+info'];
/** Redis 6.0 has no rules for channels, and calls all of CLIENT dangerous. */
const BY_VERSION = versionOf('redis-server')?.startsWith('6.0.') ? '+client' : '&*';

it('a Redis user without the dangerous commands is enough', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.close());
  const cli = (...args: string[]): string =>
    execFileSync('redis-cli', ['-p', String(redis.port), ...args], { encoding: 'utf8' });
  cli('ACL', 'SETUSER', 'gateway', ...RULES, BY_VERSION);
  const as = (...args: string[]): string =>
    cli('--user', 'gateway', '--pass', 'secret-of-redis', '--no-auth-warning', ...args);

  const url = `redis://gateway:secret-of-redis@127.0.0.1:${redis.port}/0`;
  const world = await startDeliveryWorld({ settings: { 'redis.url': url } });
  expect((await world.post(NOTICE)).status).toBe(200);
  await world.reaches(await world.accept(), 'sent');
  await world.cancel(await world.accept('delay=1h'));
  expect(await world.list()).toHaveLength(2);
  expect(cli('ACL', 'LOG')).not.toContain('gateway');

  for (const denied of [
    ['FLUSHALL'],
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['KEYS', '*'],
    ['SHUTDOWN'],
    ['REPLICAOF', 'NO', 'ONE'],
  ])
    expect(as(...denied)).toMatch(/NOPERM/);
  expect(world.gateway.logs.join('\n')).not.toContain('secret-of-redis');
});

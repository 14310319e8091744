import { describe, expect, it } from 'vitest';
import { startGateway } from '../../src/cli/serve.js';
import { redisExposure } from '../../src/redis/redis-exposure.js';
import { startTestGateway } from '../support/gateway.js';

describe(redisExposure.name, () => {
  it.each([
    ['redis://127.0.0.1:6379/0', false, false],
    ['redis://127.8.9.1:6379', false, false],
    ['redis://localhost', false, false],
    ['redis://[::1]:6379', false, false],
    ['redis://redis:6379/0', true, true],
    ['redis://10.0.0.5', true, true],
    ['redis://127.evil.example', true, true],
    ['redis://user@redis:6379', true, true],
    ['redis://:secret@redis:6379', false, true],
    ['redis://user:secret@redis:6379', false, true],
    ['rediss://redis:6379', true, false],
    ['rediss://:secret@redis:6379', false, false],
  ])('%s: open %s, plain %s', (url, open, plain) => {
    expect(redisExposure(url)).toEqual({ open, plain });
  });
});

describe('the start', () => {
  const env = { MSG_DD_APP_KEY: 'key', MSG_DD_APP_SECRET: 'secret', REDIS_URL: 'redis://10.0.0.5:6379' };

  it('refuses an open Redis on another machine in production, and says what to do', async () => {
    await expect(startGateway({}, { ...env, NODE_ENV: 'production' })).rejects.toThrow(
      /redis\.url: has no password.*redis\.allowNoPassword/,
    );
  });

  it('warns elsewhere', async () => {
    const gateway = await startTestGateway({ settings: { 'redis.url': 'redis://redis.invalid:1/0' } });
    await gateway.close();
    const warnings = gateway.logs.filter((line) => line.includes('"level":"warn"')).join('\n');
    expect(warnings).toContain('redis: no password');
  });
});

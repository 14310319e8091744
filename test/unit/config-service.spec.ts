import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { learn } from '../../src/cli/serve-secrets.js';
import { ConfigService } from '../../src/config/config.service.js';
import { Redactor } from '../../src/logging/redactor.js';
import { CONFIGURATIONS } from '../../src/providers/index.js';

it('a password that is in use until the restart stays masked after a reload that brings another', () => {
  const folder = mkdtempSync(join(tmpdir(), 'message-center-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'message-center.yaml');
  const write = (password: string): void => writeFileSync(file, `redis: { url: 'redis://:${password}@127.0.0.1:1/0' }`);
  write('first-password');
  const config = new ConfigService({ file, env: {}, providers: CONFIGURATIONS });
  const redactor = new Redactor();
  learn(redactor, config);

  for (const password of ['second-password', 'third-password']) {
    write(password);
    config.reload();
  }

  expect(config.status.restartRequired).toEqual(['redis']);
  expect(config.current.redis.url).toContain('first-password');
  expect(redactor.redact('NOAUTH first-password')).toBe('NOAUTH ***');
  expect(redactor.redact('NOAUTH third-password')).toBe('NOAUTH ***');
  expect(redactor.redact('NOAUTH second-password')).toBe('NOAUTH second-password');
});

import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createApiKey, hashApiKey, isApiKey } from '../../src/inbound/api-key.js';
import { bearer } from '../support/api-keys.js';
import { runCommand, type CommandEnd } from '../support/command.js';
import { call } from '../support/gateway.js';
import { startProcess } from '../support/process.js';

interface WrittenKey {
  readonly id: string;
  readonly hash: string;
  readonly previousHash?: string;
  readonly previousUntil?: string;
  readonly scopes?: readonly string[];
  readonly revoked?: boolean;
}

describe('message-center keys', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'message-center-keys-'));
    file = join(folder, 'message-center.yaml');
  });

  const keys = (...args: string[]): Promise<CommandEnd> => runCommand(['keys', ...args, '-c', file], { cwd: folder });
  const written = (): readonly WrittenKey[] =>
    (parse(readFileSync(file, 'utf8')) as { access: { apiKeys: readonly WrittenKey[] } }).access.apiKeys;
  const shown = ({ stdout }: CommandEnd): string => stdout.split('\n', 1)[0] ?? '';

  it('create, rotate, list, revoke: a key lives and dies without a restart and is shown once', async ({
    onTestFinished,
  }) => {
    writeFileSync(file, '# 本文件 of the house\nserver: { host: 127.0.0.1 } # stays\n', { mode: 0o600 });
    const created = await keys(
      'create',
      'billing',
      '--scopes',
      'send,read',
      '--apps',
      'dingtalk/*',
      '--allow',
      '127.0.0.0/8',
    );
    const first = shown(created);
    expect(isApiKey(first)).toBe(true);
    expect(written()).toMatchObject([{ id: 'billing', hash: hashApiKey(first, ''), scopes: ['send', 'read'] }]);
    expect(readFileSync(file, 'utf8')).toMatch(/^# 本文件 of the house\n[^]*# stays/);

    const env = { MSG_DD_APP_KEY: 'k', MSG_DD_APP_SECRET: 'secret-of-the-app', MSG_DD_AGENT_ID: '1', PORT: '0' };
    const target = { MSG_DD_BASE_URL: 'http://127.0.0.1:1', MSG_DD_API_BASE_URL: 'http://127.0.0.1:1' };
    const gateway = await startProcess({ args: ['serve', '-c', file], env: { ...env, ...target } });
    onTestFinished(() => gateway.kill());
    const status = async (key: string): Promise<number> => (await call(`${gateway.url}/sys/check`, bearer(key))).status;
    expect(await status(first)).toBe(200);

    const second = shown(await keys('rotate', 'billing'));
    await expect.poll(() => status(second), { timeout: 15_000, interval: 300 }).toBe(200);
    expect(await status(first)).toBe(200);
    const [rotated] = written();
    expect(rotated?.previousHash).toBe(hashApiKey(first, ''));
    expect(Date.parse(rotated?.previousUntil ?? '') - Date.now()).toBeGreaterThan(6.9 * 86_400_000);

    expect((await keys('list')).stdout).toMatch(
      /^billing {2}live \(rotating\) {2}scopes=send,read {2}apps=dingtalk\/\*/,
    );
    expect((await keys('revoke', 'billing')).code).toBe(0);
    await expect.poll(() => status(second), { timeout: 15_000, interval: 300 }).toBe(401);
    expect(await status(first)).toBe(401);
    const listed = await keys('list');
    expect(listed.stdout).toMatch(/^billing {2}revoked/);

    const config = await runCommand(['config', 'print', '-c', file], { cwd: folder });
    const everything = listed.stdout + config.stdout + gateway.output() + readFileSync(file, 'utf8');
    for (const key of [first, second]) expect(everything).not.toContain(key);
    // Seven processes, one after the other.
  }, 60_000);

  it.each([0o640, 0o644])('leaves a file its mode %o and its owner, and no draft beside it', async (mode) => {
    writeFileSync(file, '');
    chmodSync(file, mode);
    const before = statSync(file);
    expect((await keys('create', 'billing')).code).toBe(0);
    const after = statSync(file);
    expect([after.mode & 0o7777, after.uid, after.gid]).toEqual([mode, before.uid, before.gid]);
    expect(readdirSync(folder)).toEqual(['message-center.yaml']);
  });

  it('writes through a symlink, which stays one', async () => {
    const target = join(mkdtempSync(join(tmpdir(), 'message-center-mount-')), 'real.yaml');
    writeFileSync(target, '');
    symlinkSync(target, file);
    expect((await keys('create', 'billing')).code).toBe(0);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toContain('billing');
  });

  it('without a file prints what to add, and the hash is that of the key', async () => {
    const end = await runCommand(['keys', 'create', 'billing'], { cwd: folder });
    const { access } = parse(end.stdout.slice(end.stdout.indexOf('access:'))) as {
      access: { apiKeys: readonly WrittenKey[] };
    };
    expect(access.apiKeys).toMatchObject([{ id: 'billing', hash: hashApiKey(shown(end), '') }]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['an unknown scope', ['create', 'x', '--scopes', 'everything'], /apiKeys\.\d+\.scopes/],
    ['an id that is taken', ['create', 'taken'], /there is a key taken already/],
    ['an unknown id', ['revoke', 'nobody'], /there is no key nobody/],
  ])('refuses %s (%j): no key is shown, and the file stays as it was', async (_name, args, reason) => {
    const before = `access:\n  apiKeys:\n    - { id: taken, hash: ${hashApiKey(createApiKey(), '')} }\n`;
    writeFileSync(file, before);
    const end = await keys(...args);
    expect(end).toMatchObject({ code: 1, stderr: expect.stringMatching(reason) });
    expect(end.stdout).toBe('');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['message-center.yaml']);
  });
});

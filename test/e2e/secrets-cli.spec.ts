import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.loader.js';
import { generateKey } from '../../src/config/keyring.js';
import { CONFIGURATIONS } from '../../src/providers/index.js';
import { runCommand, type CommandEnd } from '../support/command.js';
import { legacyEnvironment } from '../support/legacy-encoder.js';
import { configWithApp, seal } from '../support/sealed.js';
import { systemAFile } from '../support/system-a.js';

const APP = 'providers.dingtalk.apps.default';

// Many short processes, one after another: on a busy machine each takes seconds to start.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'message-center-secrets-cli-'));
  config = join(folder, 'config.yaml');
});

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<CommandEnd> {
  return runCommand(args, { env, input, cwd: folder });
}

/** The app that a gateway would have in this environment. */
function settingsOf(env: NodeJS.ProcessEnv): unknown {
  const { config: loaded } = loadConfig({ env, providers: CONFIGURATIONS });
  return (loaded.providers.dingtalk as { apps: { default: unknown } }).apps.default;
}

describe('secrets encrypt, decrypt and generate-key', () => {
  it('seals what comes from standard input, and opens it again for the same setting', async () => {
    const key = (await run(['secrets', 'generate-key'])).stdout.trim();
    const env = { MSG_MASTER_KEY: key };
    const sealed = (
      await run(['secrets', 'encrypt', '--path', 'MSG_DD_APP_SECRET'], env, 'canary-value\n')
    ).stdout.trim();
    const opened = await run(['secrets', 'decrypt', '--path', `${APP}.appSecret`], env, `${sealed}\n`);
    expect(opened).toMatchObject({ code: 0, stdout: 'canary-value\n', stderr: '' });
    writeFileSync(config, `providers: { dingtalk: { apps: { default: { appSecret: "${sealed}" } } } }`);
    const fromFile = await run(['secrets', 'decrypt', '--path', `${APP}.appSecret`, '-c', config], env);
    expect(fromFile.stdout).toBe('canary-value\n');
    const elsewhere = await run(['secrets', 'decrypt', '--path', `${APP}.appKey`], env, sealed);
    expect(elsewhere).toMatchObject({ code: 1, stdout: '' });
  });

  it('reads the master key from a file', async () => {
    const file = join(folder, 'key');
    writeFileSync(file, `${generateKey('new')}\n${generateKey('old')}\n`);
    const { stdout } = await run(['secrets', 'encrypt', '--path', 'redis.url'], { MSG_MASTER_KEY_FILE: file }, 'x');
    expect(stdout).toMatch(/^enc:v1\.new\./);
  });

  it.each([
    ['no key', ['--path', 'redis.url'], {}, 'x'],
    ['no value', ['--path', 'redis.url'], { MSG_MASTER_KEY: generateKey() }, ''],
    ['a value among the arguments', ['--path', 'redis.url', 'canary-value'], { MSG_MASTER_KEY: generateKey() }, ''],
    ['a sealed value', ['--path', 'redis.url'], { MSG_MASTER_KEY: generateKey() }, 'enc:v1.a.b.c.d'],
  ])('encrypt fails with %s', async (_case, args, env, input) => {
    const { code, stdout, stderr } = await run(['secrets', 'encrypt', ...args], env, input);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toContain('canary');
    expect(stderr).not.toContain('    at ');
  });

  it('every command has --help', async () => {
    const commands = ['encrypt', 'decrypt', 'rotate', 'generate-key', 'import-legacy'].map((name) => ['secrets', name]);
    const all = [...commands, ['secrets'], ['config', 'import']];
    const ended = await Promise.all(all.map((command) => run([...command, '--help'])));
    for (const [index, { code, stdout }] of ended.entries()) {
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: message-center ${all[index]?.join(' ')}`);
    }
  });
});

describe('secrets rotate', () => {
  it('seals the file anew, says so, and says which key is not needed any more', async () => {
    const [one, two] = [generateKey('k1'), generateKey('k2')];
    const appKey = seal(`${APP}.appKey`, 'canary-key', one);
    const appSecret = seal(`${APP}.appSecret`, 'canary-secret', one);
    writeFileSync(config, configWithApp({ appKey, appSecret }));
    chmodSync(config, 0o640);
    const rotated = await run(['secrets', 'rotate', '-c', config], { MSG_MASTER_KEY: `${two},${one}` });
    expect(rotated.code).toBe(0);
    for (const text of [`${APP}.appKey (was k1)`, `${APP}.appSecret (was k1)`, 'uses k1 any more'])
      expect(rotated.stdout).toContain(text);
    const text = readFileSync(config, 'utf8');
    expect(text).not.toContain('.k1.');
    expect(text).toContain('# 注释 stays');
    const opened = { appKey: 'canary-key', appSecret: 'canary-secret' };
    expect(settingsOf({ MSG_CONFIG: config, MSG_MASTER_KEY: two })).toMatchObject(opened);
  });

  it('leaves the file alone when a value does not open, and says what stands elsewhere', async () => {
    const [one, two] = [generateKey('k1'), generateKey('k2')];
    const appKey = seal(`${APP}.appKey`, 'canary-key', one);
    writeFileSync(config, configWithApp({ appKey, appSecret: appKey }));
    const before = readFileSync(config, 'utf8');
    const refused = await run(['secrets', 'rotate', '-c', config], { MSG_MASTER_KEY: `${two},${one}` });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${APP}.appSecret: cannot be opened`);
    expect(readFileSync(config, 'utf8')).toBe(before);
    writeFileSync(config, configWithApp({ appKey, appSecret: 'env:SOMEWHERE' }));
    const env = { MSG_MASTER_KEY: `${two},${one}`, SOMEWHERE: appKey };
    const partly = await run(['secrets', 'rotate', '-c', config], env);
    expect(partly.stdout).toContain('SOMEWHERE (k1)');
    expect(partly.stdout).not.toContain('any more');
  });
});

describe('secrets import-legacy', () => {
  const secrets = { MSG_DD_APP_KEY: 'canary-app-key', MSG_DD_APP_SECRET: 'canary-app-secret' };
  const appOfA = { appKey: 'canary-app-key', appSecret: 'canary-app-secret' };
  const legacy = legacyEnvironment({ ...secrets, MSG_XY_MONITOR_API_KEY: 'canary-monitor' });

  it('prints sealed settings that load', async () => {
    const env = { MSG_MASTER_KEY: generateKey('k1') };
    const imported = await run(['secrets', 'import-legacy'], { ...legacy, ...env });
    expect(imported.code).toBe(0);
    expect(imported.stdout + imported.stderr).not.toContain('canary');
    expect(imported.stderr).toContain('MSG_XY_MONITOR_API_KEY');
    writeFileSync(config, imported.stdout);
    expect(settingsOf({ ...env, MSG_CONFIG: config })).toMatchObject(appOfA);
  });

  it('prints sealed variables that load', async () => {
    const env = { MSG_MASTER_KEY: generateKey('k1') };
    const { stdout } = await run(['secrets', 'import-legacy', '--format', 'env'], { ...legacy, ...env });
    const variables = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=', 2)),
    );
    expect(Object.keys(variables)).toEqual(['MSG_DD_APP_KEY', 'MSG_DD_APP_SECRET']);
    expect(settingsOf({ ...env, ...variables })).toMatchObject(appOfA);
  });

  it('writes into the file that config import made, whose comments stay', async () => {
    writeFileSync(join(folder, 'a.json'), systemAFile({}, { app_secret_name: 'MSG_DD_APP_SECRET' }));
    expect(await run(['config', 'import', 'a.json', '--write', config])).toMatchObject({ code: 0, stdout: '' });
    const env = { MSG_MASTER_KEY: generateKey('k1') };
    const written = await run(['secrets', 'import-legacy', '--write', config], { ...legacy, ...env });
    expect(written.code).toBe(0);
    expect(readFileSync(config, 'utf8')).toMatch(/# 跳板机[\s\S]*appSecret: enc:v1\.k1\./);
    expect(settingsOf({ ...env, MSG_CONFIG: config })).toMatchObject(appOfA);
    expect(await run(['config', 'import', 'a.json', '--write', config])).toMatchObject({ code: 1 });
  });

  it('takes other names, another constant and further secrets', async () => {
    writeFileSync(join(folder, 'a.json'), systemAFile({}, { app_key_name: 'OPS_KEY', app_secret_name: 'OPS_SECRET' }));
    const env = legacyEnvironment({ OPS_KEY: 'k', OPS_SECRET: 's', MSG_TWO: "it's" }, { salt: 'our own' });
    const args = ['--salt', 'our own', '--from', 'a.json', '--map', `MSG_TWO=redis.url`, '--plain'];
    const { stdout } = await run(['secrets', 'import-legacy', ...args], env);
    expect(parse(stdout)).toEqual({
      providers: { dingtalk: { apps: { default: { appKey: 'k', appSecret: 's' } } } },
      redis: { url: "it's" },
    });
    const variables = await run(['secrets', 'import-legacy', ...args, '--format', 'env'], env);
    expect(variables.stdout).toBe(`MSG_DD_APP_KEY=k\nMSG_DD_APP_SECRET=s\nREDIS_URL='it'\\''s'\n`);
  });

  it('without a master key says what to set, and shows no secret', async () => {
    const { code, stdout, stderr } = await run(['secrets', 'import-legacy'], legacy);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('secrets generate-key');
    expect(stderr).not.toContain('canary');
  });

  it('fails where nothing can be read, and serve takes the old form nowhere', async () => {
    expect(await run(['secrets', 'import-legacy'])).toMatchObject({ code: 1 });
    expect(await run(['secrets', 'import-legacy', '--salt', 'wrong'], legacy)).toMatchObject({ code: 1 });
    const served = await run(['serve'], legacy);
    expect(served.code).toBe(1);
    expect(served.stderr).toContain('MSG_BASE_SECRET_KEY');
  });
});

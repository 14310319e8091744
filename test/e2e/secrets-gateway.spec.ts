import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateKey } from '../../src/config/keyring.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { runCommand, type CommandEnd } from '../support/command.js';
import { aNotice, NOTICE_CALL } from '../support/dingtalk.js';
import { call, post } from '../support/gateway.js';
import { legacyEnvironment } from '../support/legacy-encoder.js';
import { startProcess } from '../support/process.js';
import { configWithApp, seal, spellings } from '../support/sealed.js';
import { systemAFile } from '../support/system-a.js';

const APP = 'providers.dingtalk.apps.default';

// Many short processes, one after another: on a busy machine each takes seconds to start.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'message-center-secrets-'));
  config = join(folder, 'config.yaml');
});

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<CommandEnd> {
  return runCommand(args, { env, input, cwd: folder });
}

describe('a gateway with sealed secrets', () => {
  const one = generateKey('k1');
  let platform: DingTalkSimulator;
  let credentials: { appKey: string; appSecret: string; agentId: number };
  beforeAll(async () => {
    platform = await new DingTalkSimulator().start();
    const { apps } = platform.gatewayConfig() as { apps: Record<string, typeof credentials> };
    if (!apps.default) throw new Error('the simulator has no app');
    credentials = apps.default;
  });
  afterAll(() => platform.close());

  function writeConfig(key: string): void {
    const appKey = seal(`${APP}.appKey`, credentials.appKey, key);
    const appSecret = seal(`${APP}.appSecret`, credentials.appSecret, key);
    writeFileSync(config, configWithApp({ appKey, appSecret, agentId: credentials.agentId }, platform.url));
  }

  it.each([
    ['a random key', one],
    ['a passphrase', 'k1:pass:correct horse battery staple'],
  ])('sends a message (%s), and shows neither secrets nor key', async (_case, key) => {
    writeConfig(key);
    const env = { MSG_MASTER_KEY: key, LOG_LEVEL: 'trace', PORT: '0' };
    const gateway = await startProcess({ args: ['serve', '-c', config], env });
    try {
      const sent = platform.ledger.calls({ path: NOTICE_CALL }).length;
      const answer = await post(`${gateway.url}/v1/dd/topapi/message`, aNotice());
      expect(answer.status, answer.text).toBe(200);
      expect(platform.ledger.calls({ path: NOTICE_CALL })).toHaveLength(sent + 1);
      const status = await call(`${gateway.url}/sys/status`);
      gateway.signal('SIGINT');
      const { output } = await gateway.exited;
      for (const secret of [credentials.appSecret, ...spellings(key)])
        expect(`${answer.text}${status.text}${output}`).not.toContain(secret);
    } finally {
      await gateway.kill();
    }
  });

  it('goes on sending while its values are sealed anew and the old key is withdrawn', async () => {
    const two = generateKey('k2');
    const keys = join(folder, 'keys');
    const key = { MSG_MASTER_KEY_FILE: keys };
    writeFileSync(keys, one);
    writeConfig(one);
    const other = seal(`${APP}x.appSecret`, 'another', one);
    writeFileSync(config, `${readFileSync(config, 'utf8')}      defaultx: { appKey: x, appSecret: "${other}" }\n`);
    const gateway = await startProcess({ args: ['serve', '-c', config], env: { ...key, PORT: '0' } });
    const statuses: number[] = [];
    const enough = new AbortController();
    const sender = (async () => {
      while (!enough.signal.aborted)
        statuses.push((await post(`${gateway.url}/v1/dd/topapi/message`, aNotice())).status);
    })();
    try {
      writeFileSync(keys, `${two},${one}`);
      expect(await run(['secrets', 'rotate', '-c', config], key)).toMatchObject({ code: 0 });
      await gateway.logged('configuration reloaded');
      writeFileSync(keys, two);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      const { body } = await call(`${gateway.url}/sys/status`);
      expect(body).toMatchObject({ config: { lastError: null } });
    } finally {
      enough.abort();
      await sender;
      await gateway.kill();
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it.each([
    ['without a key', undefined],
    ['with another key of the name', generateKey('k1')],
    ['with a key of another name', generateKey('k2')],
  ])('does not start %s: exit 1 at once, every setting named, no value', async (_case, key) => {
    writeConfig(one);
    const ended = await run(['serve', '-c', config], key === undefined ? {} : { MSG_MASTER_KEY: key });
    expect(ended.code).toBe(1);
    // How soon is a matter of the machine; that it does not try again is what counts.
    expect(ended.milliseconds).toBeLessThan(15_000);
    expect(ended.stderr).toContain(`${APP}.appKey: `);
    expect(ended.stderr).toContain(`${APP}.appSecret: `);
    expect(ended.stderr).not.toContain('enc:v1');
    if (key !== undefined) expect(ended.stderr).not.toContain(key.slice(3));
  });

  it('shows no secret from any command but those that are asked for one by name', async () => {
    writeConfig(one);
    writeFileSync(join(folder, 'a.json'), systemAFile());
    const env = {
      MSG_MASTER_KEY: one,
      REDIS_URL: seal('redis.url', 'redis://u:canary-redis@127.0.0.1:1', one),
    };
    const legacy = legacyEnvironment({ MSG_DD_APP_KEY: 'canary-key', MSG_DD_APP_SECRET: 'canary-secret' });
    const commands: [readonly string[], Record<string, string>?][] = [
      [['config', 'check', '-c', config]],
      [['config', 'print', '-c', config]],
      [['config', 'schema']],
      [['config', 'import', 'a.json']],
      [['openapi']],
      [['secrets', 'rotate', '-c', config]],
      [['secrets', 'encrypt', '--path', 'redis.url']],
      [['secrets', 'import-legacy'], legacy],
      [['secrets', 'import-legacy', '--write', join(folder, 'new.yaml')], legacy],
      [['config', 'check', '-c', 'a.json']],
    ];
    for (const [args, more] of commands) {
      const { stdout, stderr, code } = await run(args, { ...env, ...more }, 'canary-standard-input');
      for (const secret of ['canary', credentials.appSecret, ...spellings(one)])
        expect(stdout + stderr, args.join(' ')).not.toContain(secret);
      expect(code, args.join(' ')).toBe(args.at(-1) === 'a.json' && args[1] === 'check' ? 1 : 0);
    }
    expect(readFileSync(join(folder, 'new.yaml'), 'utf8')).not.toContain('canary');
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { stringify } from 'yaml';
import { generateKey } from '../../src/config/keyring.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { runCommand, type CommandEnd } from '../support/command.js';
import { startProcess } from '../support/process.js';
import { freePort, startRedis, type TestRedis } from '../support/redis.js';
import { seal } from '../support/sealed.js';

/** A `providers.<id>` block as a simulator gives it. */
interface Block {
  readonly apps: Record<string, Record<string, unknown>>;
  readonly robots: object;
}

// Each row starts processes of its own.
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
let file: string;
let port: number;
let dingtalk: DingTalkSimulator;
let wecom: WeComSimulator;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'message-center-doctor-'));
  file = join(folder, 'message-center.yaml');
  port = await freePort();
  dingtalk = await new DingTalkSimulator().start();
  wecom = await new WeComSimulator().start();
  return async () => {
    await dingtalk.close();
    await wecom.close();
  };
});

const blockOf = (simulator: DingTalkSimulator | WeComSimulator): Block => simulator.gatewayConfig() as unknown as Block;

function write(settings: Readonly<Record<string, unknown>> = {}): void {
  const providers = { dingtalk: blockOf(dingtalk), wecom: blockOf(wecom) };
  writeFileSync(file, stringify({ server: { port }, outbound: { timeoutMs: 2_000 }, providers, ...settings }));
}

function doctor(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
  return runCommand(['doctor', '-c', file, ...args], { cwd: folder, env });
}

/** A Redis with these settings; a password comes last, the others could not be made behind it. */
async function redis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const started = await startRedis();
  onTestFinished(() => started.close());
  for (const [name, value] of Object.entries(settings))
    execFileSync('redis-cli', ['-p', String(started.port), 'CONFIG', 'SET', name, value]);
  return started;
}

describe('message-center doctor', () => {
  it('says in one line each that configuration, Redis, apps and port are well', async () => {
    const started = await redis({ appendonly: 'yes', requirepass: 'secret-of-redis' });
    const url = started.url.replace('//', '//:secret-of-redis@');
    write({ redis: { url } });
    const { code, stdout, stderr } = await doctor();
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toEqual([
      `ok    configuration: valid, ${file}`,
      expect.stringMatching(/^ok {4}redis: 127\.0\.0\.1:\d+ answers, version \d+\.\d+\.\d+, with a password$/),
      expect.stringMatching(/^ok {4}dingtalk\/default: the platform gave a token, \d+ ms$/),
      expect.stringMatching(/^ok {4}wecom\/default: the platform gave a token, \d+ ms$/),
      expect.stringMatching(/^ok {4}wecom\/ops: the platform gave a token, \d+ ms$/),
      expect.stringMatching(/^note {2}robots: \d+ configured, not asked: that would send a message$/),
      `ok    port: 127.0.0.1:${port} is free`,
    ]);
    expect(code).toBe(0);
    expect(stdout).not.toContain('secret-of-redis');
    expect([dingtalk.tokenRequests(), wecom.tokenRequests()]).toEqual([1, 2]);
  });

  it('fails for a wrong secret, with the code and the hint, and goes on with the others', async () => {
    const block = blockOf(wecom);
    const wrong = 'canary-Qm7dX2vK9sT4bL1hR8wN5cY3gF6jP0aZeUiO';
    const apps = { ...block.apps, default: { ...block.apps.default, corpSecret: wrong } };
    write({ providers: { dingtalk: blockOf(dingtalk), wecom: { ...block, apps } } });
    const { code, stdout, stderr } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}wecom\/default: .*40001.*; .*secret/m);
    expect(stdout).toMatch(/^ok {4}wecom\/ops: /m);
    expect(stdout).toMatch(/^ok {4}dingtalk\/default: /m);
    expect(stdout + stderr).not.toContain('canary');
    expect(stdout).not.toContain('Qm7dX2vK9sT4bL1hR8wN5cY3gF6jP0aZeUiO');
  });

  it('waits for a silent platform no longer than outbound.timeoutMs, for all apps at once', async () => {
    for (const faults of [dingtalk.faults, wecom.faults]) faults.always({ kind: 'hang' }, { path: /token/i });
    write();
    const { code, stdout, milliseconds } = await doctor();
    expect(code).toBe(1);
    expect(stdout.match(/^fail {2}(dingtalk|wecom)\/\w+: .*deadline/gm)).toHaveLength(3);
    expect(milliseconds).toBeLessThan(20_000);
  });

  it('fails when Redis is away or refuses the password, and says what its settings mean for deliveries', async () => {
    const away = await freePort();
    write({ redis: { url: `redis://127.0.0.1:${away}` } });
    const gone = await doctor(['--offline']);
    expect(gone.code).toBe(1);
    expect(gone.stdout).toMatch(/^fail {2}redis: 127\.0\.0\.1:\d+ does not answer \[ECONNREFUSED\]/m);

    const started = await redis({ 'maxmemory-policy': 'allkeys-lru', requirepass: 'secret-of-redis' });
    write({ redis: { url: started.url.replace('//', '//:canary-password@') } });
    const refused = await doctor(['--offline']);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^fail {2}redis: .*WRONGPASS/m);
    expect(refused.stdout + refused.stderr).not.toContain('canary');

    write({ redis: { url: started.url.replace('//', '//:secret-of-redis@') } });
    const { code, stdout } = await doctor(['--offline']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note {2}redis: appendonly is off: accepted deliveries are lost/m);
    expect(stdout).toMatch(/^note {2}redis: maxmemory-policy is allkeys-lru: /m);

    const open = await redis();
    write({ redis: { url: open.url } });
    expect((await doctor(['--offline'])).stdout).toMatch(/^ok {4}redis: .*, without a password$/m);
    expect(open.dump().trim()).toBe('');
    open.freeze();
    expect((await doctor(['--offline'])).stdout).toMatch(/^fail {2}redis: .* does not answer \[/m);
  });

  it('asks no platform with --offline', async () => {
    write();
    const { code, stdout } = await doctor(['--offline']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note {2}apps: 3 configured, not asked \(--offline\)$/m);
    expect(dingtalk.ledger.calls().length + wecom.ledger.calls().length).toBe(0);
  });

  it('says what a start would refuse', async () => {
    writeFileSync(file, 'server: { port: nonsense }\nfoo: 1\n');
    const invalid = await doctor();
    expect(invalid.code).toBe(1);
    expect(invalid.stdout).toMatch(/^fail {2}configuration: server\.port: /m);
    expect(invalid.stdout).toMatch(/^fail {2}configuration: foo: there is no such setting$/m);

    write({ server: { port, host: '0.0.0.0' } });
    const open = await doctor(['--offline']);
    expect(open.code).toBe(1);
    expect(open.stdout).toMatch(/^fail {2}configuration: server\.host: listening on 0\.0\.0\.0 needs to know/m);

    writeFileSync(file, `server: { port: ${port} }\n`);
    expect((await doctor()).stdout).toMatch(/^note {2}apps: none configured: a start would simulate the platforms$/m);
    const production = await doctor([], { NODE_ENV: 'production' });
    expect(production.code).toBe(1);
    expect(production.stdout).toMatch(/^fail {2}configuration: providers: no app of any provider/m);
  });

  it('counts the enc: values that the master key opens', async () => {
    const key = generateKey('k1');
    const block = blockOf(dingtalk);
    const appSecret = seal('providers.dingtalk.apps.default.appSecret', String(block.apps.default?.appSecret), key);
    write({ providers: { dingtalk: { ...block, apps: { default: { ...block.apps.default, appSecret } } } } });
    const opened = await doctor([], { MSG_MASTER_KEY: key });
    expect(opened.stdout).toMatch(/^ok {4}master key: opens 1 enc: value$/m);
    expect(opened.stdout).toMatch(/^ok {4}dingtalk\/default: /m);
    expect(opened.code).toBe(0);
    const lost = await doctor([], { MSG_MASTER_KEY: generateKey('k2') });
    expect(lost.code).toBe(1);
    expect(lost.stdout).toMatch(/^fail {2}configuration: providers\.dingtalk\.apps\.default\.appSecret: /m);
  });

  it('takes a port that another program holds for a failure, and one that a gateway holds for a note', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    port = (other.address() as AddressInfo).port;
    write();
    const taken = await doctor(['--offline']);
    expect(taken.code).toBe(1);
    expect(taken.stdout).toMatch(/^fail {2}port: 127\.0\.0\.1:\d+ is held by another program$/m);

    port = await freePort();
    write();
    const gateway = await startProcess({ args: ['serve', '-c', file] });
    onTestFinished(() => gateway.kill());
    const running = await doctor(['--offline']);
    expect(running.stdout).toMatch(/^note {2}port: 127\.0\.0\.1:\d+ is held by a gateway that runs already$/m);
    expect(running.code).toBe(0);
  });

  it('has --help, as every command', async () => {
    const { code, stdout } = await runCommand(['doctor', '--help'], { cwd: folder });
    expect({ code, usage: stdout.split('\n', 1)[0] }).toEqual({
      code: 0,
      usage: 'Usage: message-center doctor [options]',
    });
    expect((await runCommand(['--help'], { cwd: folder })).stdout).toMatch(/^ {2}doctor \[options\] /m);
  });
});

it('an unknown command is called one', async () => {
  const { code, stderr } = await runCommand(['doctr'], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: unknown command 'doctr'\n\(Did you mean doctor\?\)/);
  expect((await runCommand(['help', 'doctor'], { cwd: folder })).code).toBe(0);
});

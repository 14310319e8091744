import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
import { stringify } from 'yaml';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { aNotice, NOTICE_CALL } from '../support/dingtalk.js';
import { call, post, type TestAnswer } from '../support/gateway.js';
import {
  dingTalkEnvironment,
  runProcess,
  startProcess,
  type GatewayProcess,
  type ProcessOptions,
} from '../support/process.js';
import { startRedis } from '../support/redis.js';

// A start takes a second of processor time, and much longer where many processes share it.
vi.setConfig({ testTimeout: 60_000 });

/** Most files of the program and its packages that a start reads; they are 90, and were 1,900 before they were bundled. */
const FEW_FILES = 150;

async function start(test: TestContext, options: ProcessOptions = {}): Promise<GatewayProcess> {
  const gateway = await startProcess(options);
  test.onTestFinished(() => gateway.kill());
  return gateway;
}

async function startPlatform(test: TestContext): Promise<DingTalkSimulator> {
  const platform = await new DingTalkSimulator().start();
  test.onTestFinished(() => platform.close());
  return platform;
}

function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'message-center-test-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function notify({ url }: GatewayProcess): Promise<TestAnswer> {
  return post(`${url}/v1/dd/topapi/message`, aNotice());
}

/** Status of a GET with headers that fetch does not let one choose. */
function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('error', reject).end();
  });
}

/** Resolves with what a new connection meets. */
function connecting(url: string): Promise<'accepted' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve('accepted');
    });
    socket.once('error', () => resolve('refused'));
  });
}

describe.concurrent('the sandbox', () => {
  it('starts with an empty environment, and the curl line that it prints works as it stands', async (test) => {
    const sandbox = await start(test, { env: { PORT: '0' } });
    const output = sandbox.output();
    test.expect(output).toContain(`${sandbox.url}/docs`);
    const [line = ''] = /curl (?:.*\\\n)*.*/.exec(output) ?? [];

    const answer: unknown = JSON.parse(execFileSync('bash', ['-c', line], { encoding: 'utf8' }));

    test.expect(answer).toMatchObject({ ok: 1, data: test.expect.any(Number) });
    const inbox = (await call(`${sandbox.url}/sandbox/messages`)).body;
    test.expect(inbox).toMatchObject([{ provider: 'dingtalk', shown: true, recipients: { users: ['zhangsan'] } }]);
    test.expect((await call(`${sandbox.url}/docs`)).status).toBe(200);
    test.expect((await call(`${sandbox.url}/sandbox`)).text).toContain('<html');
  });

  describe('whatever HOST says', () => {
    let sandbox: GatewayProcess;
    beforeAll(async () => {
      sandbox = await startProcess({ env: { PORT: '0', HOST: '0.0.0.0' } });
    }, 60_000);
    afterAll(() => sandbox.kill());

    it('listens on loopback', (test) => {
      test.expect(new URL(sandbox.url).hostname).toBe('127.0.0.1');
    });

    it('answers neither to another Host nor to a page of another Origin', async (test) => {
      const { url } = sandbox;
      const at = `${url}/sandbox/messages`;
      test.expect(await statusOf(at, { Host: 'evil.example' })).toBe(403);
      test.expect(await statusOf(at, { Host: '127.0.0.1.evil.example' })).toBe(403);
      test.expect(await statusOf(at, { Origin: 'https://evil.example' })).toBe(403);
      test.expect(await statusOf(at, { Origin: 'null' })).toBe(403);
      test.expect(await statusOf(`${url}/v1/dd/chat/get`, { Host: 'evil.example' })).toBe(403);
      test.expect(await statusOf(at, { Host: `localhost:${new URL(url).port}`, Origin: url })).toBe(200);
    });
  });
});

describe.concurrent('production', () => {
  it('without credentials refuses to start, says what is missing, and loads no simulator', async (test) => {
    const folder = temporaryFolder(test);
    const { code, output } = await runProcess({ env: { NODE_ENV: 'production', NODE_V8_COVERAGE: folder } });
    test.expect(code).toBe(1);
    test.expect(output).toMatch(/MSG_DD_APP_KEY, MSG_DD_APP_SECRET/);
    test.expect(filesLoaded(folder).filter(isSimulated)).toEqual([]);
  });

  it('with credentials loads no simulator either, nor a thousand files of its packages', async (test) => {
    const folder = temporaryFolder(test);
    const env = { ...dingTalkEnvironment(await startPlatform(test)), MSG__SERVER__SHUTDOWNDELAY: '0' };
    const gateway = await start(test, { env: { ...env, NODE_ENV: 'production', NODE_V8_COVERAGE: folder } });
    test.expect((await notify(gateway)).status).toBe(200);
    gateway.signal('SIGTERM');
    await gateway.exited;
    test.expect(filesLoaded(folder).filter(isSimulated)).toEqual([]);
    test.expect(scriptsLoaded(folder).length).toBeLessThan(FEW_FILES);
  });

  it('asked for the sandbox refuses to start', async (test) => {
    const { code, output } = await runProcess({ args: ['serve', '--sandbox'], env: { NODE_ENV: 'production' } });
    test.expect(code).toBe(1);
    test.expect(output).toContain('never simulates');
  });
});

/** Configurations that are valid and not to be served in production, by what is said of them. */
const REFUSED_IN_PRODUCTION: Readonly<Record<string, object | undefined>> = {
  'providers: no app of any provider': undefined,
  'server.host: listening on 0.0.0.0': { ...oneApp(), server: { host: '0.0.0.0', port: 0 } },
  'redis.url: has no password': { ...oneApp(), redis: { url: 'redis://10.9.9.9:6379' } },
};

function oneApp(): object {
  return {
    providers: { dingtalk: { baseUrl: 'http://127.0.0.1:9', apps: { default: { appKey: 'k', appSecret: 's' } } } },
  };
}

describe.concurrent.each(Object.entries(REFUSED_IN_PRODUCTION))('what production refuses (%s)', (reason, settings) => {
  const env = { NODE_ENV: 'production', PORT: '0' };
  const text = settings === undefined ? '' : stringify(settings);

  it('is refused by a start, and by `config check` in the same words', async (test) => {
    const file = join(temporaryFolder(test), 'message-center.yaml');
    writeFileSync(file, text);
    const [started, checked] = await Promise.all([
      runProcess({ args: ['serve', '-c', file], env }),
      runProcess({ args: ['config', 'check', '-c', file], env }),
    ]);
    test.expect(started.code).toBe(1);
    test.expect(started.output).toContain(reason);
    test.expect(checked).toEqual(started);
  });

  it('is not taken over by a reload, until the file is good again', async (test) => {
    const file = join(temporaryFolder(test), 'message-center.yaml');
    const access = { allow: ['127.0.0.1'] };
    writeFileSync(file, stringify({ ...oneApp(), access }));
    const gateway = await start(test, { args: ['serve', '-c', file], env });

    writeFileSync(file, settings === undefined ? 'server: { port: 0 }' : text);

    await gateway.logged('configuration not reloaded: it is not valid, the one before stays in force');
    const [path] = reason.split(':');
    const { body } = await call(`${gateway.url}/sys/status`);
    test.expect(body).toMatchObject({ config: { version: 1, lastError: [{ path }] } });
    writeFileSync(file, stringify({ ...oneApp(), access, docs: { enabled: false } }));
    await gateway.logged('configuration reloaded');
  });
});

describe.concurrent('the default file of a running gateway', () => {
  it('may be away for a while: what it said stays in force, API keys above all', async (test) => {
    const cwd = temporaryFolder(test);
    const file = join(cwd, 'config', 'message-center.yaml');
    mkdirSync(join(cwd, 'config'));
    writeFileSync(file, stringify({ ...oneApp(), access: { apiKeys: [{ id: 'a', hash: 'A'.repeat(43) }] } }));
    const gateway = await start(test, { cwd, env: { NODE_ENV: 'production', PORT: '0' } });

    renameSync(file, `${file}.away`);
    await gateway.logged('configuration not reloaded: it is not valid, the one before stays in force');
    test.expect((await call(`${gateway.url}/sys/status`)).status).toBe(403);

    renameSync(`${file}.away`, file);
    await gateway.logged('configuration reloaded');
    test.expect((await call(`${gateway.url}/sys/status`)).status).toBe(403);
  });

  it('is not needed by the sandbox, which reloads without it', async (test) => {
    const sandbox = await start(test, { env: { PORT: '0' } });
    sandbox.signal('SIGHUP');
    await sandbox.logged('configuration reloaded');
    test.expect((await notify(sandbox)).status).toBe(200);
  });
});

/** What a process loaded of the program and its packages, by its coverage report. */
function scriptsLoaded(folder: string): string[] {
  const reports = readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: readonly { url: string }[] },
  );
  const urls = reports.flatMap(({ result }) => result.map(({ url }) => url)).filter((url) => url.startsWith('file:'));
  expect(urls.some((url) => url.endsWith('/dist/main.js'))).toBe(true);
  return urls.map((url) => fileURLToPath(url));
}

/** The files that these were made of. */
function filesLoaded(folder: string): string[] {
  const files = scriptsLoaded(folder).flatMap((script) => {
    if (!existsSync(`${script}.map`)) return [script];
    return (JSON.parse(readFileSync(`${script}.map`, 'utf8')) as { sources: string[] }).sources;
  });
  expect(files).toContain('../src/main.ts');
  return files;
}

function isSimulated(file: string): boolean {
  return /^\.\.\/src\/.*(simulator|sandbox)/.test(file);
}

describe.concurrent('a start that must not succeed', () => {
  const credentials = { MSG_DD_APP_KEY: 'key-7f3a', MSG_DD_APP_SECRET: 'secret-9c1b', PORT: '0' };

  it('because of a bug: the stack names files and lines of src', async (test) => {
    const fault =
      "import { Server } from 'node:http'; Server.prototype.listen = () => { throw new TypeError('broken') };";
    const { code, output } = await runProcess({
      env: { ...credentials, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` },
    });
    test.expect(code).toBe(1);
    test.expect(output).toMatch(/TypeError: broken\n(    at .*\n)+    at .*\/src\/app\.setup\.ts:\d+:\d+\)/);
  });

  it('HOST=0.0.0.0 without saying who may call: one sentence says what to set', async (test) => {
    const { code, output } = await runProcess({ env: { ...credentials, HOST: '0.0.0.0' } });
    test.expect(code).toBe(1);
    test.expect(output).toMatch(/server\.host: listening on 0\.0\.0\.0 needs to know who may call: set access\.allow/);
  });

  it('everything that is wrong is told at once, by path and reason, without a value', async (test) => {
    const file = join(temporaryFolder(test), 'message-center.yaml');
    const app = { appKey: 'file-key-51d2', appSecret: 'env:NOT_SET', agentId: 'abc' };
    const allow = ['10.0.0.0/33', { cidr: 'localhost' }];
    writeFileSync(
      file,
      stringify({ serve: {}, access: { allow }, providers: { dingtalk: { apps: { default: app } } } }),
    );
    const env = { PORT: 'http', MSG_TIMEOUT_MS: '5', MSG__SERVER__COLOUR: 'red', MSG_DD_BASE_URL: 'oapi' };

    const { code, output } = await runProcess({ args: ['-c', file], env });

    test.expect(code).toBe(1);
    const told = output
      .split('\n')
      .flatMap((line) => /^ {2}([\w.]+): ./.exec(line)?.[1] ?? [])
      .toSorted();
    test
      .expect(told)
      .toEqual(
        [
          'MSG__SERVER__COLOUR',
          'access.allow.0',
          'access.allow.1.cidr',
          'outbound.timeoutMs',
          'providers.dingtalk.apps.default.agentId',
          'providers.dingtalk.apps.default.appSecret',
          'providers.dingtalk.baseUrl',
          'serve',
          'server.port',
        ].toSorted(),
      );
    test.expect(output).toContain('the variable NOT_SET is not set');
    // The reasons of zod, in its words: they must not get lost in the bundle.
    test.expect(output).toMatch(/server\.port: Invalid input: expected number/);
    test.expect(output).not.toContain('file-key-51d2');
  });

  it('a port that is taken', async (test) => {
    const platform = await startPlatform(test);
    const { code, output } = await runProcess({ env: { ...credentials, PORT: new URL(platform.url).port } });
    test.expect(code).toBe(1);
    test.expect(output).toContain('EADDRINUSE');
  });
});

describe.concurrent('a stop', () => {
  it('finishes what is in flight, refuses what is new, and ends with 0', async (test) => {
    const platform = await startPlatform(test);
    const gateway = await start(test, {
      env: { ...dingTalkEnvironment(platform), MSG__SERVER__SHUTDOWNDELAY: '1s' },
    });
    await notify(gateway);
    platform.faults.always({ kind: 'delay', ms: 2_500 }, { path: NOTICE_CALL });
    const inFlight = Promise.all(Array.from({ length: 20 }, () => notify(gateway)));
    await test.expect.poll(() => platform.ledger.calls({ path: NOTICE_CALL }).length).toBe(21);

    const started = performance.now();
    gateway.signal('SIGTERM');
    await test.expect.poll(async () => (await call(`${gateway.url}/health/ready`)).status).toBe(503);
    await test.expect.poll(() => connecting(gateway.url)).toBe('refused');

    test.expect((await inFlight).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    test.expect(await gateway.exited).toMatchObject({ code: 0, signal: null });
    test.expect(performance.now() - started).toBeLessThan(12_000);
    test.expect(gateway.output()).toContain('"msg":"stopped"');
  });

  it('does not wait for ever: the hard deadline ends it', async (test) => {
    const platform = await startPlatform(test);
    const env = { MSG__SERVER__SHUTDOWNDELAY: '0', MSG__SERVER__SHUTDOWNTIMEOUT: '400ms', MSG_TIMEOUT_MS: '60000' };
    const gateway = await start(test, { env: { ...dingTalkEnvironment(platform), ...env } });
    platform.faults.always({ kind: 'hang' }, { path: NOTICE_CALL });
    const lost = notify(gateway).then(
      () => 'answered',
      () => 'lost',
    );
    await test.expect.poll(() => platform.ledger.calls({ path: NOTICE_CALL }).length).toBe(1);

    const started = performance.now();
    gateway.signal('SIGTERM');

    test.expect(await gateway.exited).toMatchObject({ code: 1 });
    // The operation's own deadline is a minute.
    test.expect(performance.now() - started).toBeLessThan(10_000);
    test.expect(await lost).toBe('lost');
    test.expect(gateway.output()).toContain('shutdown took too long');
  });

  it('by a person at the terminal has no pause, and does not wait for a connection that says nothing', async (test) => {
    const gateway = await start(test, { env: { PORT: '0', MSG__SERVER__SHUTDOWNDELAY: '15s' } });
    const silent = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(silent, 'connect');
    const started = performance.now();
    gateway.signal('SIGINT');
    test.expect(await gateway.exited).toMatchObject({ code: 0 });
    test.expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('many requests', () => {
  it('1,000 concurrent cold ones over two processes with one Redis: one call to gettoken, all succeed', async (test) => {
    const platform = await startPlatform(test);
    platform.faults.always({ kind: 'delay', ms: 1_500 }, { path: '/gettoken' });
    const redis = await startRedis();
    test.onTestFinished(() => redis.close());
    const env = { ...dingTalkEnvironment(platform), REDIS_URL: redis.url };
    const [one, two] = await Promise.all([start(test, { env }), start(test, { env })]);

    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => notify(index % 2 === 0 ? one : two)));

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(platform.tokenRequests()).toBe(1);
  });

  it('20 × 10 MB at once leave the memory flat', async (test) => {
    const gateway = await start(test, { env: dingTalkEnvironment(await startPlatform(test)) });
    await notify(gateway);
    const body = Buffer.alloc(10_000_000, ' ');
    const before = await residentBytes(gateway);

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call(`${gateway.url}/v1/dd/chat/send`, { method: 'POST', body })),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 413));
    // Kept, they would be 200 MB.
    expect((await residentBytes(gateway)) - before).toBeLessThan(80_000_000);
  });
});

async function residentBytes({ url }: GatewayProcess): Promise<number> {
  const { body } = await call(`${url}/sys/status`);
  return (body as unknown as { memory: { rssBytes: number } }).memory.rssBytes;
}

describe.concurrent('the program', () => {
  const env = { MSG_DD_APP_KEY: 'key-7f3a', MSG_DD_APP_SECRET: 'secret-9c1b' };

  it('checks a configuration without starting', async (test) => {
    const { code, output } = await runProcess({ args: ['config', 'check'], env: { ...env, PORT: 'x' } });
    test.expect(code).toBe(1);
    test.expect(output).toContain('server.port');
  });

  it('prints the configuration in force without its secrets', async (test) => {
    const { code, output } = await runProcess({ args: ['config', 'print'], env });
    test.expect(code).toBe(0);
    test.expect(output).toContain('port: 27779');
    test.expect(output).not.toMatch(/key-7f3a|secret-9c1b/);
  });

  it('lets flags win over the environment, and the environment over the file', async (test) => {
    const folder = temporaryFolder(test);
    const file = join(folder, 'message-center.json');
    writeFileSync(file, JSON.stringify({ logging: { level: 'error' }, server: { port: 0 } }));
    const gateway = await start(test, {
      args: ['serve', '-c', file, '--port', '0', '--log-level', 'debug'],
      env: { LOG_LEVEL: 'warn', PORT: '1' },
    });
    await call(`${gateway.url}/ping`);
    await test.expect.poll(() => gateway.output()).toContain('"level":"debug"');
  });

  it('refuses what it does not know', async (test) => {
    const { code, output } = await runProcess({ args: ['--prot', '1'] });
    test.expect(code).toBe(1);
    test.expect(output).toContain("unknown option '--prot'");
  });
});

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { call } from '../support/gateway.js';
import { runProcess, type ProcessExit } from '../support/process.js';
import { freePort } from '../support/redis.js';

/** One daemon's files, and its commands. */
class Daemon {
  readonly folder = mkdtempSync(join(tmpdir(), 'message-center-daemon-'));
  readonly pidFile = join(this.folder, 'run', 'gateway.pid');
  readonly logFile = join(this.folder, 'log', 'daemon.log');

  start(env: Readonly<Record<string, string>>): Promise<ProcessExit> {
    const files = ['--pid-file', this.pidFile, '--log-file', this.logFile];
    return runProcess({ args: ['serve', '--daemon', ...files], env });
  }

  status(): Promise<ProcessExit> {
    return runProcess({ args: ['status', '--pid-file', this.pidFile] });
  }

  stop(): Promise<ProcessExit> {
    return runProcess({ args: ['stop', '--pid-file', this.pidFile] });
  }

  get pid(): number {
    return Number(readFileSync(this.pidFile, 'utf8'));
  }

  /** Process id of the one worker that serves. */
  get worker(): number | undefined {
    const lines = readFileSync(this.logFile, 'utf8').split('\n');
    const last = lines.findLast((line) => line.endsWith('"msg":"worker serves"}'));
    return last === undefined ? undefined : (JSON.parse(last) as { pid: number }).pid;
  }

  async remove(): Promise<void> {
    if (existsSync(this.pidFile)) await this.stop();
    rmSync(this.folder, { recursive: true });
  }
}

function aDaemon(test: TestContext): Daemon {
  const daemon = new Daemon();
  test.onTestFinished(() => daemon.remove());
  return daemon;
}

describe('serve --daemon', { timeout: 40_000 }, () => {
  const sut = new Daemon();
  let url: string;
  let started: ProcessExit;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    started = await sut.start({ PORT: String(port) });
  }, 40_000);

  afterAll(() => sut.remove());

  it('returns when the gateway serves, and tells its address', async () => {
    expect(started).toMatchObject({ code: 0 });
    expect(started.output).toContain(`running at ${url}, pid ${sut.pid}`);
    expect((await call(`${url}/ping`)).text).toBe('PONG');
  });

  it('writes what it logs to the log file, and no one else may read it', async () => {
    await expect.poll(() => readFileSync(sut.logFile, 'utf8')).toContain('"msg":"listening"');
    expect(statSync(sut.logFile).mode & 0o007).toBe(0);
  });

  it('`status` tells that it runs and is ready', async () => {
    const { code, output } = await sut.status();
    expect(code).toBe(0);
    expect(output).toMatch(new RegExp(`^running: pid ${sut.pid}, up \\d+m?.*, ${url}, ready\n$`));
  });

  it('a second start is refused, and the first goes on', async () => {
    const { code, output } = await sut.start({ PORT: '0' });
    expect(code).toBe(1);
    expect(output).toContain(`a gateway runs already: pid ${sut.pid}`);
    expect((await call(`${url}/ping`)).status).toBe(200);
  });

  it('guards itself: a worker that is killed comes back', async () => {
    await expect.poll(() => sut.worker).toBeDefined();
    const victim = sut.worker;
    if (victim === undefined) throw new Error('no worker serves');
    process.kill(victim, 'SIGKILL');
    await expect.poll(() => sut.worker, { timeout: 15_000 }).not.toBe(victim);
    expect((await call(`${url}/ping`, { headers: { Connection: 'close' } })).status).toBe(200);
  });

  it('`stop` ends it in order and leaves no pid file', async () => {
    const { code, output } = await sut.stop();
    expect(code).toBe(0);
    expect(output).toMatch(/^stopped: pid \d+, after [\d.]+ s\n$/);
    expect(existsSync(sut.pidFile)).toBe(false);
    await expect(call(`${url}/ping`)).rejects.toThrow('fetch failed');
    expect(await sut.status()).toMatchObject({ code: 3, output: 'stopped\n' });
    expect(await sut.stop()).toMatchObject({ code: 0 });
  });
});

describe.concurrent('a daemon’s start', { timeout: 40_000 }, () => {
  it('takes the place of one that left its pid file, even if another process has its id by now', async (test) => {
    const daemon = aDaemon(test);
    mkdirSync(dirname(daemon.pidFile));
    writeFileSync(daemon.pidFile, `${process.pid}\n`);
    test.expect(await daemon.status()).toMatchObject({ code: 3 });

    test.expect(await daemon.start({ PORT: '0' })).toMatchObject({ code: 0 });

    test.expect(daemon.pid).not.toBe(process.pid);
    test.expect(await daemon.status()).toMatchObject({ code: 0 });
  });

  it('that fails tells the reason and leaves nothing behind', async (test) => {
    const daemon = aDaemon(test);
    const { code, output } = await daemon.start({ PORT: 'http' });
    test.expect(code).toBe(1);
    test.expect(output).toMatch(/server\.port: /);
    test.expect(output).toContain(daemon.logFile);
    test.expect(existsSync(daemon.pidFile)).toBe(false);
  });

  it('that fails in the worker tells the reason too', async (test) => {
    const daemon = aDaemon(test);
    const other = createServer().listen(0, '127.0.0.1');
    test.onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, output } = await daemon.start({ PORT: String(port) });
    test.expect(code).toBe(1);
    test.expect(output).toContain('EADDRINUSE');
  });
});
